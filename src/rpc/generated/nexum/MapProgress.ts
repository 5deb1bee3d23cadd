// Original file: proto/nexum.proto


export interface MapProgress {
  'total'?: (number);
  'completed'?: (number);
  'failed'?: (number);
  'open'?: (number);
}

export interface MapProgress__Output {
  'total': (number);
  'completed': (number);
  'failed': (number);
  'open': (number);
}
