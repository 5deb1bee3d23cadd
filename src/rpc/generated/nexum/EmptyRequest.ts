// Original file: proto/nexum.proto


export interface EmptyRequest {
}

export interface EmptyRequest__Output {
}
