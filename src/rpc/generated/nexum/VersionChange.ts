// Original file: proto/nexum.proto


export interface VersionChange {
  'breaking'?: (boolean);
  'nodeId'?: (string);
  'text'?: (string);
}

export interface VersionChange__Output {
  'breaking': (boolean);
  'nodeId': (string);
  'text': (string);
}
