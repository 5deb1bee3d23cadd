// Original file: proto/nexum.proto


export interface EdgeAnswer {
  'edge'?: (number);
  'holds'?: (boolean);
}

export interface EdgeAnswer__Output {
  'edge': (number);
  'holds': (boolean);
}
