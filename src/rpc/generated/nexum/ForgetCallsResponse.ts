// Original file: proto/nexum.proto


export interface ForgetCallsResponse {
  'forgotten'?: (number);
  'kept'?: (number);
}

export interface ForgetCallsResponse__Output {
  'forgotten': (number);
  'kept': (number);
}
