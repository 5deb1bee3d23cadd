// Original file: proto/nexum.proto


export interface PayloadChunk {
  'data'?: (Buffer | Uint8Array | string);
}

export interface PayloadChunk__Output {
  'data': (Buffer);
}
