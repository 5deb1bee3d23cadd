// Original file: proto/nexum.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AckResponse as _nexum_AckResponse, AckResponse__Output as _nexum_AckResponse__Output } from '../nexum/AckResponse.js';
import type { AdmitModelCallRequest as _nexum_AdmitModelCallRequest, AdmitModelCallRequest__Output as _nexum_AdmitModelCallRequest__Output } from '../nexum/AdmitModelCallRequest.js';
import type { AdmitModelCallResponse as _nexum_AdmitModelCallResponse, AdmitModelCallResponse__Output as _nexum_AdmitModelCallResponse__Output } from '../nexum/AdmitModelCallResponse.js';
import type { ApproveRequest as _nexum_ApproveRequest, ApproveRequest__Output as _nexum_ApproveRequest__Output } from '../nexum/ApproveRequest.js';
import type { CancelRequest as _nexum_CancelRequest, CancelRequest__Output as _nexum_CancelRequest__Output } from '../nexum/CancelRequest.js';
import type { CompareRequest as _nexum_CompareRequest, CompareRequest__Output as _nexum_CompareRequest__Output } from '../nexum/CompareRequest.js';
import type { CompareResponse as _nexum_CompareResponse, CompareResponse__Output as _nexum_CompareResponse__Output } from '../nexum/CompareResponse.js';
import type { CompleteRequest as _nexum_CompleteRequest, CompleteRequest__Output as _nexum_CompleteRequest__Output } from '../nexum/CompleteRequest.js';
import type { ControlScheduleRequest as _nexum_ControlScheduleRequest, ControlScheduleRequest__Output as _nexum_ControlScheduleRequest__Output } from '../nexum/ControlScheduleRequest.js';
import type { ControlScheduleResponse as _nexum_ControlScheduleResponse, ControlScheduleResponse__Output as _nexum_ControlScheduleResponse__Output } from '../nexum/ControlScheduleResponse.js';
import type { EmptyRequest as _nexum_EmptyRequest, EmptyRequest__Output as _nexum_EmptyRequest__Output } from '../nexum/EmptyRequest.js';
import type { Event as _nexum_Event, Event__Output as _nexum_Event__Output } from '../nexum/Event.js';
import type { ExecuteRequest as _nexum_ExecuteRequest, ExecuteRequest__Output as _nexum_ExecuteRequest__Output } from '../nexum/ExecuteRequest.js';
import type { ExecuteResponse as _nexum_ExecuteResponse, ExecuteResponse__Output as _nexum_ExecuteResponse__Output } from '../nexum/ExecuteResponse.js';
import type { ExecutionDetail as _nexum_ExecutionDetail, ExecutionDetail__Output as _nexum_ExecutionDetail__Output } from '../nexum/ExecutionDetail.js';
import type { FailRequest as _nexum_FailRequest, FailRequest__Output as _nexum_FailRequest__Output } from '../nexum/FailRequest.js';
import type { ForgetCallsRequest as _nexum_ForgetCallsRequest, ForgetCallsRequest__Output as _nexum_ForgetCallsRequest__Output } from '../nexum/ForgetCallsRequest.js';
import type { ForgetCallsResponse as _nexum_ForgetCallsResponse, ForgetCallsResponse__Output as _nexum_ForgetCallsResponse__Output } from '../nexum/ForgetCallsResponse.js';
import type { GetExecutionRequest as _nexum_GetExecutionRequest, GetExecutionRequest__Output as _nexum_GetExecutionRequest__Output } from '../nexum/GetExecutionRequest.js';
import type { GetPayloadRequest as _nexum_GetPayloadRequest, GetPayloadRequest__Output as _nexum_GetPayloadRequest__Output } from '../nexum/GetPayloadRequest.js';
import type { GetWorkflowRequest as _nexum_GetWorkflowRequest, GetWorkflowRequest__Output as _nexum_GetWorkflowRequest__Output } from '../nexum/GetWorkflowRequest.js';
import type { HeartbeatRequest as _nexum_HeartbeatRequest, HeartbeatRequest__Output as _nexum_HeartbeatRequest__Output } from '../nexum/HeartbeatRequest.js';
import type { HeartbeatResponse as _nexum_HeartbeatResponse, HeartbeatResponse__Output as _nexum_HeartbeatResponse__Output } from '../nexum/HeartbeatResponse.js';
import type { ListCallsRequest as _nexum_ListCallsRequest, ListCallsRequest__Output as _nexum_ListCallsRequest__Output } from '../nexum/ListCallsRequest.js';
import type { ListCallsResponse as _nexum_ListCallsResponse, ListCallsResponse__Output as _nexum_ListCallsResponse__Output } from '../nexum/ListCallsResponse.js';
import type { ListEventsRequest as _nexum_ListEventsRequest, ListEventsRequest__Output as _nexum_ListEventsRequest__Output } from '../nexum/ListEventsRequest.js';
import type { ListEventsResponse as _nexum_ListEventsResponse, ListEventsResponse__Output as _nexum_ListEventsResponse__Output } from '../nexum/ListEventsResponse.js';
import type { ListMessagesRequest as _nexum_ListMessagesRequest, ListMessagesRequest__Output as _nexum_ListMessagesRequest__Output } from '../nexum/ListMessagesRequest.js';
import type { ListMessagesResponse as _nexum_ListMessagesResponse, ListMessagesResponse__Output as _nexum_ListMessagesResponse__Output } from '../nexum/ListMessagesResponse.js';
import type { ListRequest as _nexum_ListRequest, ListRequest__Output as _nexum_ListRequest__Output } from '../nexum/ListRequest.js';
import type { ListResponse as _nexum_ListResponse, ListResponse__Output as _nexum_ListResponse__Output } from '../nexum/ListResponse.js';
import type { ListSchedulesRequest as _nexum_ListSchedulesRequest, ListSchedulesRequest__Output as _nexum_ListSchedulesRequest__Output } from '../nexum/ListSchedulesRequest.js';
import type { ListSchedulesResponse as _nexum_ListSchedulesResponse, ListSchedulesResponse__Output as _nexum_ListSchedulesResponse__Output } from '../nexum/ListSchedulesResponse.js';
import type { ListSessionsRequest as _nexum_ListSessionsRequest, ListSessionsRequest__Output as _nexum_ListSessionsRequest__Output } from '../nexum/ListSessionsRequest.js';
import type { ListSessionsResponse as _nexum_ListSessionsResponse, ListSessionsResponse__Output as _nexum_ListSessionsResponse__Output } from '../nexum/ListSessionsResponse.js';
import type { ListVersionsRequest as _nexum_ListVersionsRequest, ListVersionsRequest__Output as _nexum_ListVersionsRequest__Output } from '../nexum/ListVersionsRequest.js';
import type { ListVersionsResponse as _nexum_ListVersionsResponse, ListVersionsResponse__Output as _nexum_ListVersionsResponse__Output } from '../nexum/ListVersionsResponse.js';
import type { ListWorkersResponse as _nexum_ListWorkersResponse, ListWorkersResponse__Output as _nexum_ListWorkersResponse__Output } from '../nexum/ListWorkersResponse.js';
import type { ListWorkflowsResponse as _nexum_ListWorkflowsResponse, ListWorkflowsResponse__Output as _nexum_ListWorkflowsResponse__Output } from '../nexum/ListWorkflowsResponse.js';
import type { PauseRequest as _nexum_PauseRequest, PauseRequest__Output as _nexum_PauseRequest__Output } from '../nexum/PauseRequest.js';
import type { PayloadChunk as _nexum_PayloadChunk, PayloadChunk__Output as _nexum_PayloadChunk__Output } from '../nexum/PayloadChunk.js';
import type { PendingApprovalsResponse as _nexum_PendingApprovalsResponse, PendingApprovalsResponse__Output as _nexum_PendingApprovalsResponse__Output } from '../nexum/PendingApprovalsResponse.js';
import type { PollRequest as _nexum_PollRequest, PollRequest__Output as _nexum_PollRequest__Output } from '../nexum/PollRequest.js';
import type { PollResponse as _nexum_PollResponse, PollResponse__Output as _nexum_PollResponse__Output } from '../nexum/PollResponse.js';
import type { PurgeRequest as _nexum_PurgeRequest, PurgeRequest__Output as _nexum_PurgeRequest__Output } from '../nexum/PurgeRequest.js';
import type { PurgeResponse as _nexum_PurgeResponse, PurgeResponse__Output as _nexum_PurgeResponse__Output } from '../nexum/PurgeResponse.js';
import type { RejectRequest as _nexum_RejectRequest, RejectRequest__Output as _nexum_RejectRequest__Output } from '../nexum/RejectRequest.js';
import type { ReleaseRequest as _nexum_ReleaseRequest, ReleaseRequest__Output as _nexum_ReleaseRequest__Output } from '../nexum/ReleaseRequest.js';
import type { RerunRequest as _nexum_RerunRequest, RerunRequest__Output as _nexum_RerunRequest__Output } from '../nexum/RerunRequest.js';
import type { ResumeRequest as _nexum_ResumeRequest, ResumeRequest__Output as _nexum_ResumeRequest__Output } from '../nexum/ResumeRequest.js';
import type { RetryRequest as _nexum_RetryRequest, RetryRequest__Output as _nexum_RetryRequest__Output } from '../nexum/RetryRequest.js';
import type { ServerInfo as _nexum_ServerInfo, ServerInfo__Output as _nexum_ServerInfo__Output } from '../nexum/ServerInfo.js';
import type { SettleModelCallRequest as _nexum_SettleModelCallRequest, SettleModelCallRequest__Output as _nexum_SettleModelCallRequest__Output } from '../nexum/SettleModelCallRequest.js';
import type { SignalRequest as _nexum_SignalRequest, SignalRequest__Output as _nexum_SignalRequest__Output } from '../nexum/SignalRequest.js';
import type { StartRequest as _nexum_StartRequest, StartRequest__Output as _nexum_StartRequest__Output } from '../nexum/StartRequest.js';
import type { StartResponse as _nexum_StartResponse, StartResponse__Output as _nexum_StartResponse__Output } from '../nexum/StartResponse.js';
import type { StatusRequest as _nexum_StatusRequest, StatusRequest__Output as _nexum_StatusRequest__Output } from '../nexum/StatusRequest.js';
import type { StatusResponse as _nexum_StatusResponse, StatusResponse__Output as _nexum_StatusResponse__Output } from '../nexum/StatusResponse.js';
import type { WatchRequest as _nexum_WatchRequest, WatchRequest__Output as _nexum_WatchRequest__Output } from '../nexum/WatchRequest.js';
import type { WorkRequest as _nexum_WorkRequest, WorkRequest__Output as _nexum_WorkRequest__Output } from '../nexum/WorkRequest.js';
import type { WorkResponse as _nexum_WorkResponse, WorkResponse__Output as _nexum_WorkResponse__Output } from '../nexum/WorkResponse.js';
import type { WorkflowIR as _nexum_WorkflowIR, WorkflowIR__Output as _nexum_WorkflowIR__Output } from '../nexum/WorkflowIR.js';

export interface NexumServiceClient extends grpc.Client {
  AdmitModelCall(argument: _nexum_AdmitModelCallRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AdmitModelCallResponse__Output>): grpc.ClientUnaryCall;
  AdmitModelCall(argument: _nexum_AdmitModelCallRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AdmitModelCallResponse__Output>): grpc.ClientUnaryCall;
  AdmitModelCall(argument: _nexum_AdmitModelCallRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AdmitModelCallResponse__Output>): grpc.ClientUnaryCall;
  AdmitModelCall(argument: _nexum_AdmitModelCallRequest, callback: grpc.requestCallback<_nexum_AdmitModelCallResponse__Output>): grpc.ClientUnaryCall;
  admitModelCall(argument: _nexum_AdmitModelCallRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AdmitModelCallResponse__Output>): grpc.ClientUnaryCall;
  admitModelCall(argument: _nexum_AdmitModelCallRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AdmitModelCallResponse__Output>): grpc.ClientUnaryCall;
  admitModelCall(argument: _nexum_AdmitModelCallRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AdmitModelCallResponse__Output>): grpc.ClientUnaryCall;
  admitModelCall(argument: _nexum_AdmitModelCallRequest, callback: grpc.requestCallback<_nexum_AdmitModelCallResponse__Output>): grpc.ClientUnaryCall;
  
  ApproveTask(argument: _nexum_ApproveRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  ApproveTask(argument: _nexum_ApproveRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  ApproveTask(argument: _nexum_ApproveRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  ApproveTask(argument: _nexum_ApproveRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  approveTask(argument: _nexum_ApproveRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  approveTask(argument: _nexum_ApproveRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  approveTask(argument: _nexum_ApproveRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  approveTask(argument: _nexum_ApproveRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  
  CancelExecution(argument: _nexum_CancelRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  CancelExecution(argument: _nexum_CancelRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  CancelExecution(argument: _nexum_CancelRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  CancelExecution(argument: _nexum_CancelRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  cancelExecution(argument: _nexum_CancelRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  cancelExecution(argument: _nexum_CancelRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  cancelExecution(argument: _nexum_CancelRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  cancelExecution(argument: _nexum_CancelRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  
  CompareVersions(argument: _nexum_CompareRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_CompareResponse__Output>): grpc.ClientUnaryCall;
  CompareVersions(argument: _nexum_CompareRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_CompareResponse__Output>): grpc.ClientUnaryCall;
  CompareVersions(argument: _nexum_CompareRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_CompareResponse__Output>): grpc.ClientUnaryCall;
  CompareVersions(argument: _nexum_CompareRequest, callback: grpc.requestCallback<_nexum_CompareResponse__Output>): grpc.ClientUnaryCall;
  compareVersions(argument: _nexum_CompareRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_CompareResponse__Output>): grpc.ClientUnaryCall;
  compareVersions(argument: _nexum_CompareRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_CompareResponse__Output>): grpc.ClientUnaryCall;
  compareVersions(argument: _nexum_CompareRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_CompareResponse__Output>): grpc.ClientUnaryCall;
  compareVersions(argument: _nexum_CompareRequest, callback: grpc.requestCallback<_nexum_CompareResponse__Output>): grpc.ClientUnaryCall;
  
  CompleteTask(argument: _nexum_CompleteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  CompleteTask(argument: _nexum_CompleteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  CompleteTask(argument: _nexum_CompleteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  CompleteTask(argument: _nexum_CompleteRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  completeTask(argument: _nexum_CompleteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  completeTask(argument: _nexum_CompleteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  completeTask(argument: _nexum_CompleteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  completeTask(argument: _nexum_CompleteRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  
  ControlSchedule(argument: _nexum_ControlScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ControlScheduleResponse__Output>): grpc.ClientUnaryCall;
  ControlSchedule(argument: _nexum_ControlScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ControlScheduleResponse__Output>): grpc.ClientUnaryCall;
  ControlSchedule(argument: _nexum_ControlScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ControlScheduleResponse__Output>): grpc.ClientUnaryCall;
  ControlSchedule(argument: _nexum_ControlScheduleRequest, callback: grpc.requestCallback<_nexum_ControlScheduleResponse__Output>): grpc.ClientUnaryCall;
  controlSchedule(argument: _nexum_ControlScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ControlScheduleResponse__Output>): grpc.ClientUnaryCall;
  controlSchedule(argument: _nexum_ControlScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ControlScheduleResponse__Output>): grpc.ClientUnaryCall;
  controlSchedule(argument: _nexum_ControlScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ControlScheduleResponse__Output>): grpc.ClientUnaryCall;
  controlSchedule(argument: _nexum_ControlScheduleRequest, callback: grpc.requestCallback<_nexum_ControlScheduleResponse__Output>): grpc.ClientUnaryCall;
  
  Execute(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_nexum_ExecuteRequest, _nexum_ExecuteResponse__Output>;
  Execute(options?: grpc.CallOptions): grpc.ClientDuplexStream<_nexum_ExecuteRequest, _nexum_ExecuteResponse__Output>;
  execute(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_nexum_ExecuteRequest, _nexum_ExecuteResponse__Output>;
  execute(options?: grpc.CallOptions): grpc.ClientDuplexStream<_nexum_ExecuteRequest, _nexum_ExecuteResponse__Output>;
  
  FailTask(argument: _nexum_FailRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  FailTask(argument: _nexum_FailRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  FailTask(argument: _nexum_FailRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  FailTask(argument: _nexum_FailRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  failTask(argument: _nexum_FailRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  failTask(argument: _nexum_FailRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  failTask(argument: _nexum_FailRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  failTask(argument: _nexum_FailRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  
  ForgetCalls(argument: _nexum_ForgetCallsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ForgetCallsResponse__Output>): grpc.ClientUnaryCall;
  ForgetCalls(argument: _nexum_ForgetCallsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ForgetCallsResponse__Output>): grpc.ClientUnaryCall;
  ForgetCalls(argument: _nexum_ForgetCallsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ForgetCallsResponse__Output>): grpc.ClientUnaryCall;
  ForgetCalls(argument: _nexum_ForgetCallsRequest, callback: grpc.requestCallback<_nexum_ForgetCallsResponse__Output>): grpc.ClientUnaryCall;
  forgetCalls(argument: _nexum_ForgetCallsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ForgetCallsResponse__Output>): grpc.ClientUnaryCall;
  forgetCalls(argument: _nexum_ForgetCallsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ForgetCallsResponse__Output>): grpc.ClientUnaryCall;
  forgetCalls(argument: _nexum_ForgetCallsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ForgetCallsResponse__Output>): grpc.ClientUnaryCall;
  forgetCalls(argument: _nexum_ForgetCallsRequest, callback: grpc.requestCallback<_nexum_ForgetCallsResponse__Output>): grpc.ClientUnaryCall;
  
  GetExecution(argument: _nexum_GetExecutionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ExecutionDetail__Output>): grpc.ClientUnaryCall;
  GetExecution(argument: _nexum_GetExecutionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ExecutionDetail__Output>): grpc.ClientUnaryCall;
  GetExecution(argument: _nexum_GetExecutionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ExecutionDetail__Output>): grpc.ClientUnaryCall;
  GetExecution(argument: _nexum_GetExecutionRequest, callback: grpc.requestCallback<_nexum_ExecutionDetail__Output>): grpc.ClientUnaryCall;
  getExecution(argument: _nexum_GetExecutionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ExecutionDetail__Output>): grpc.ClientUnaryCall;
  getExecution(argument: _nexum_GetExecutionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ExecutionDetail__Output>): grpc.ClientUnaryCall;
  getExecution(argument: _nexum_GetExecutionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ExecutionDetail__Output>): grpc.ClientUnaryCall;
  getExecution(argument: _nexum_GetExecutionRequest, callback: grpc.requestCallback<_nexum_ExecutionDetail__Output>): grpc.ClientUnaryCall;
  
  GetPayload(argument: _nexum_GetPayloadRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_nexum_PayloadChunk__Output>;
  GetPayload(argument: _nexum_GetPayloadRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_nexum_PayloadChunk__Output>;
  getPayload(argument: _nexum_GetPayloadRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_nexum_PayloadChunk__Output>;
  getPayload(argument: _nexum_GetPayloadRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_nexum_PayloadChunk__Output>;
  
  GetPendingApprovals(argument: _nexum_EmptyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_PendingApprovalsResponse__Output>): grpc.ClientUnaryCall;
  GetPendingApprovals(argument: _nexum_EmptyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_PendingApprovalsResponse__Output>): grpc.ClientUnaryCall;
  GetPendingApprovals(argument: _nexum_EmptyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_PendingApprovalsResponse__Output>): grpc.ClientUnaryCall;
  GetPendingApprovals(argument: _nexum_EmptyRequest, callback: grpc.requestCallback<_nexum_PendingApprovalsResponse__Output>): grpc.ClientUnaryCall;
  getPendingApprovals(argument: _nexum_EmptyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_PendingApprovalsResponse__Output>): grpc.ClientUnaryCall;
  getPendingApprovals(argument: _nexum_EmptyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_PendingApprovalsResponse__Output>): grpc.ClientUnaryCall;
  getPendingApprovals(argument: _nexum_EmptyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_PendingApprovalsResponse__Output>): grpc.ClientUnaryCall;
  getPendingApprovals(argument: _nexum_EmptyRequest, callback: grpc.requestCallback<_nexum_PendingApprovalsResponse__Output>): grpc.ClientUnaryCall;
  
  GetServerInfo(argument: _nexum_EmptyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ServerInfo__Output>): grpc.ClientUnaryCall;
  GetServerInfo(argument: _nexum_EmptyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ServerInfo__Output>): grpc.ClientUnaryCall;
  GetServerInfo(argument: _nexum_EmptyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ServerInfo__Output>): grpc.ClientUnaryCall;
  GetServerInfo(argument: _nexum_EmptyRequest, callback: grpc.requestCallback<_nexum_ServerInfo__Output>): grpc.ClientUnaryCall;
  getServerInfo(argument: _nexum_EmptyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ServerInfo__Output>): grpc.ClientUnaryCall;
  getServerInfo(argument: _nexum_EmptyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ServerInfo__Output>): grpc.ClientUnaryCall;
  getServerInfo(argument: _nexum_EmptyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ServerInfo__Output>): grpc.ClientUnaryCall;
  getServerInfo(argument: _nexum_EmptyRequest, callback: grpc.requestCallback<_nexum_ServerInfo__Output>): grpc.ClientUnaryCall;
  
  GetStatus(argument: _nexum_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_StatusResponse__Output>): grpc.ClientUnaryCall;
  GetStatus(argument: _nexum_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_StatusResponse__Output>): grpc.ClientUnaryCall;
  GetStatus(argument: _nexum_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_StatusResponse__Output>): grpc.ClientUnaryCall;
  GetStatus(argument: _nexum_StatusRequest, callback: grpc.requestCallback<_nexum_StatusResponse__Output>): grpc.ClientUnaryCall;
  getStatus(argument: _nexum_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_StatusResponse__Output>): grpc.ClientUnaryCall;
  getStatus(argument: _nexum_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_StatusResponse__Output>): grpc.ClientUnaryCall;
  getStatus(argument: _nexum_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_StatusResponse__Output>): grpc.ClientUnaryCall;
  getStatus(argument: _nexum_StatusRequest, callback: grpc.requestCallback<_nexum_StatusResponse__Output>): grpc.ClientUnaryCall;
  
  GetWorkflow(argument: _nexum_GetWorkflowRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_WorkflowIR__Output>): grpc.ClientUnaryCall;
  GetWorkflow(argument: _nexum_GetWorkflowRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_WorkflowIR__Output>): grpc.ClientUnaryCall;
  GetWorkflow(argument: _nexum_GetWorkflowRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_WorkflowIR__Output>): grpc.ClientUnaryCall;
  GetWorkflow(argument: _nexum_GetWorkflowRequest, callback: grpc.requestCallback<_nexum_WorkflowIR__Output>): grpc.ClientUnaryCall;
  getWorkflow(argument: _nexum_GetWorkflowRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_WorkflowIR__Output>): grpc.ClientUnaryCall;
  getWorkflow(argument: _nexum_GetWorkflowRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_WorkflowIR__Output>): grpc.ClientUnaryCall;
  getWorkflow(argument: _nexum_GetWorkflowRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_WorkflowIR__Output>): grpc.ClientUnaryCall;
  getWorkflow(argument: _nexum_GetWorkflowRequest, callback: grpc.requestCallback<_nexum_WorkflowIR__Output>): grpc.ClientUnaryCall;
  
  Heartbeat(argument: _nexum_HeartbeatRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  Heartbeat(argument: _nexum_HeartbeatRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  Heartbeat(argument: _nexum_HeartbeatRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  Heartbeat(argument: _nexum_HeartbeatRequest, callback: grpc.requestCallback<_nexum_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  heartbeat(argument: _nexum_HeartbeatRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  heartbeat(argument: _nexum_HeartbeatRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  heartbeat(argument: _nexum_HeartbeatRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  heartbeat(argument: _nexum_HeartbeatRequest, callback: grpc.requestCallback<_nexum_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  
  ListCalls(argument: _nexum_ListCallsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListCallsResponse__Output>): grpc.ClientUnaryCall;
  ListCalls(argument: _nexum_ListCallsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ListCallsResponse__Output>): grpc.ClientUnaryCall;
  ListCalls(argument: _nexum_ListCallsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListCallsResponse__Output>): grpc.ClientUnaryCall;
  ListCalls(argument: _nexum_ListCallsRequest, callback: grpc.requestCallback<_nexum_ListCallsResponse__Output>): grpc.ClientUnaryCall;
  listCalls(argument: _nexum_ListCallsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListCallsResponse__Output>): grpc.ClientUnaryCall;
  listCalls(argument: _nexum_ListCallsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ListCallsResponse__Output>): grpc.ClientUnaryCall;
  listCalls(argument: _nexum_ListCallsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListCallsResponse__Output>): grpc.ClientUnaryCall;
  listCalls(argument: _nexum_ListCallsRequest, callback: grpc.requestCallback<_nexum_ListCallsResponse__Output>): grpc.ClientUnaryCall;
  
  ListEvents(argument: _nexum_ListEventsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  ListEvents(argument: _nexum_ListEventsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  ListEvents(argument: _nexum_ListEventsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  ListEvents(argument: _nexum_ListEventsRequest, callback: grpc.requestCallback<_nexum_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  listEvents(argument: _nexum_ListEventsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  listEvents(argument: _nexum_ListEventsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  listEvents(argument: _nexum_ListEventsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  listEvents(argument: _nexum_ListEventsRequest, callback: grpc.requestCallback<_nexum_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  
  ListExecutions(argument: _nexum_ListRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListResponse__Output>): grpc.ClientUnaryCall;
  ListExecutions(argument: _nexum_ListRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ListResponse__Output>): grpc.ClientUnaryCall;
  ListExecutions(argument: _nexum_ListRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListResponse__Output>): grpc.ClientUnaryCall;
  ListExecutions(argument: _nexum_ListRequest, callback: grpc.requestCallback<_nexum_ListResponse__Output>): grpc.ClientUnaryCall;
  listExecutions(argument: _nexum_ListRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListResponse__Output>): grpc.ClientUnaryCall;
  listExecutions(argument: _nexum_ListRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ListResponse__Output>): grpc.ClientUnaryCall;
  listExecutions(argument: _nexum_ListRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListResponse__Output>): grpc.ClientUnaryCall;
  listExecutions(argument: _nexum_ListRequest, callback: grpc.requestCallback<_nexum_ListResponse__Output>): grpc.ClientUnaryCall;
  
  ListMessages(argument: _nexum_ListMessagesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListMessagesResponse__Output>): grpc.ClientUnaryCall;
  ListMessages(argument: _nexum_ListMessagesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ListMessagesResponse__Output>): grpc.ClientUnaryCall;
  ListMessages(argument: _nexum_ListMessagesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListMessagesResponse__Output>): grpc.ClientUnaryCall;
  ListMessages(argument: _nexum_ListMessagesRequest, callback: grpc.requestCallback<_nexum_ListMessagesResponse__Output>): grpc.ClientUnaryCall;
  listMessages(argument: _nexum_ListMessagesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListMessagesResponse__Output>): grpc.ClientUnaryCall;
  listMessages(argument: _nexum_ListMessagesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ListMessagesResponse__Output>): grpc.ClientUnaryCall;
  listMessages(argument: _nexum_ListMessagesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListMessagesResponse__Output>): grpc.ClientUnaryCall;
  listMessages(argument: _nexum_ListMessagesRequest, callback: grpc.requestCallback<_nexum_ListMessagesResponse__Output>): grpc.ClientUnaryCall;
  
  ListSchedules(argument: _nexum_ListSchedulesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListSchedulesResponse__Output>): grpc.ClientUnaryCall;
  ListSchedules(argument: _nexum_ListSchedulesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ListSchedulesResponse__Output>): grpc.ClientUnaryCall;
  ListSchedules(argument: _nexum_ListSchedulesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListSchedulesResponse__Output>): grpc.ClientUnaryCall;
  ListSchedules(argument: _nexum_ListSchedulesRequest, callback: grpc.requestCallback<_nexum_ListSchedulesResponse__Output>): grpc.ClientUnaryCall;
  listSchedules(argument: _nexum_ListSchedulesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListSchedulesResponse__Output>): grpc.ClientUnaryCall;
  listSchedules(argument: _nexum_ListSchedulesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ListSchedulesResponse__Output>): grpc.ClientUnaryCall;
  listSchedules(argument: _nexum_ListSchedulesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListSchedulesResponse__Output>): grpc.ClientUnaryCall;
  listSchedules(argument: _nexum_ListSchedulesRequest, callback: grpc.requestCallback<_nexum_ListSchedulesResponse__Output>): grpc.ClientUnaryCall;
  
  ListSessions(argument: _nexum_ListSessionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  ListSessions(argument: _nexum_ListSessionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  ListSessions(argument: _nexum_ListSessionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  ListSessions(argument: _nexum_ListSessionsRequest, callback: grpc.requestCallback<_nexum_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  listSessions(argument: _nexum_ListSessionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  listSessions(argument: _nexum_ListSessionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  listSessions(argument: _nexum_ListSessionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  listSessions(argument: _nexum_ListSessionsRequest, callback: grpc.requestCallback<_nexum_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  
  ListWorkers(argument: _nexum_EmptyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListWorkersResponse__Output>): grpc.ClientUnaryCall;
  ListWorkers(argument: _nexum_EmptyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ListWorkersResponse__Output>): grpc.ClientUnaryCall;
  ListWorkers(argument: _nexum_EmptyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListWorkersResponse__Output>): grpc.ClientUnaryCall;
  ListWorkers(argument: _nexum_EmptyRequest, callback: grpc.requestCallback<_nexum_ListWorkersResponse__Output>): grpc.ClientUnaryCall;
  listWorkers(argument: _nexum_EmptyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListWorkersResponse__Output>): grpc.ClientUnaryCall;
  listWorkers(argument: _nexum_EmptyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ListWorkersResponse__Output>): grpc.ClientUnaryCall;
  listWorkers(argument: _nexum_EmptyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListWorkersResponse__Output>): grpc.ClientUnaryCall;
  listWorkers(argument: _nexum_EmptyRequest, callback: grpc.requestCallback<_nexum_ListWorkersResponse__Output>): grpc.ClientUnaryCall;
  
  ListWorkflowVersions(argument: _nexum_ListVersionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListVersionsResponse__Output>): grpc.ClientUnaryCall;
  ListWorkflowVersions(argument: _nexum_ListVersionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ListVersionsResponse__Output>): grpc.ClientUnaryCall;
  ListWorkflowVersions(argument: _nexum_ListVersionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListVersionsResponse__Output>): grpc.ClientUnaryCall;
  ListWorkflowVersions(argument: _nexum_ListVersionsRequest, callback: grpc.requestCallback<_nexum_ListVersionsResponse__Output>): grpc.ClientUnaryCall;
  listWorkflowVersions(argument: _nexum_ListVersionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListVersionsResponse__Output>): grpc.ClientUnaryCall;
  listWorkflowVersions(argument: _nexum_ListVersionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ListVersionsResponse__Output>): grpc.ClientUnaryCall;
  listWorkflowVersions(argument: _nexum_ListVersionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListVersionsResponse__Output>): grpc.ClientUnaryCall;
  listWorkflowVersions(argument: _nexum_ListVersionsRequest, callback: grpc.requestCallback<_nexum_ListVersionsResponse__Output>): grpc.ClientUnaryCall;
  
  ListWorkflows(argument: _nexum_EmptyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListWorkflowsResponse__Output>): grpc.ClientUnaryCall;
  ListWorkflows(argument: _nexum_EmptyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ListWorkflowsResponse__Output>): grpc.ClientUnaryCall;
  ListWorkflows(argument: _nexum_EmptyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListWorkflowsResponse__Output>): grpc.ClientUnaryCall;
  ListWorkflows(argument: _nexum_EmptyRequest, callback: grpc.requestCallback<_nexum_ListWorkflowsResponse__Output>): grpc.ClientUnaryCall;
  listWorkflows(argument: _nexum_EmptyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListWorkflowsResponse__Output>): grpc.ClientUnaryCall;
  listWorkflows(argument: _nexum_EmptyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_ListWorkflowsResponse__Output>): grpc.ClientUnaryCall;
  listWorkflows(argument: _nexum_EmptyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_ListWorkflowsResponse__Output>): grpc.ClientUnaryCall;
  listWorkflows(argument: _nexum_EmptyRequest, callback: grpc.requestCallback<_nexum_ListWorkflowsResponse__Output>): grpc.ClientUnaryCall;
  
  PauseExecution(argument: _nexum_PauseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  PauseExecution(argument: _nexum_PauseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  PauseExecution(argument: _nexum_PauseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  PauseExecution(argument: _nexum_PauseRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  pauseExecution(argument: _nexum_PauseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  pauseExecution(argument: _nexum_PauseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  pauseExecution(argument: _nexum_PauseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  pauseExecution(argument: _nexum_PauseRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  
  PollTask(argument: _nexum_PollRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_PollResponse__Output>): grpc.ClientUnaryCall;
  PollTask(argument: _nexum_PollRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_PollResponse__Output>): grpc.ClientUnaryCall;
  PollTask(argument: _nexum_PollRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_PollResponse__Output>): grpc.ClientUnaryCall;
  PollTask(argument: _nexum_PollRequest, callback: grpc.requestCallback<_nexum_PollResponse__Output>): grpc.ClientUnaryCall;
  pollTask(argument: _nexum_PollRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_PollResponse__Output>): grpc.ClientUnaryCall;
  pollTask(argument: _nexum_PollRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_PollResponse__Output>): grpc.ClientUnaryCall;
  pollTask(argument: _nexum_PollRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_PollResponse__Output>): grpc.ClientUnaryCall;
  pollTask(argument: _nexum_PollRequest, callback: grpc.requestCallback<_nexum_PollResponse__Output>): grpc.ClientUnaryCall;
  
  PurgeExecutions(argument: _nexum_PurgeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_PurgeResponse__Output>): grpc.ClientUnaryCall;
  PurgeExecutions(argument: _nexum_PurgeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_PurgeResponse__Output>): grpc.ClientUnaryCall;
  PurgeExecutions(argument: _nexum_PurgeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_PurgeResponse__Output>): grpc.ClientUnaryCall;
  PurgeExecutions(argument: _nexum_PurgeRequest, callback: grpc.requestCallback<_nexum_PurgeResponse__Output>): grpc.ClientUnaryCall;
  purgeExecutions(argument: _nexum_PurgeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_PurgeResponse__Output>): grpc.ClientUnaryCall;
  purgeExecutions(argument: _nexum_PurgeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_PurgeResponse__Output>): grpc.ClientUnaryCall;
  purgeExecutions(argument: _nexum_PurgeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_PurgeResponse__Output>): grpc.ClientUnaryCall;
  purgeExecutions(argument: _nexum_PurgeRequest, callback: grpc.requestCallback<_nexum_PurgeResponse__Output>): grpc.ClientUnaryCall;
  
  RegisterWorkflow(argument: _nexum_WorkflowIR, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  RegisterWorkflow(argument: _nexum_WorkflowIR, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  RegisterWorkflow(argument: _nexum_WorkflowIR, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  RegisterWorkflow(argument: _nexum_WorkflowIR, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  registerWorkflow(argument: _nexum_WorkflowIR, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  registerWorkflow(argument: _nexum_WorkflowIR, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  registerWorkflow(argument: _nexum_WorkflowIR, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  registerWorkflow(argument: _nexum_WorkflowIR, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  
  RejectTask(argument: _nexum_RejectRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  RejectTask(argument: _nexum_RejectRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  RejectTask(argument: _nexum_RejectRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  RejectTask(argument: _nexum_RejectRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  rejectTask(argument: _nexum_RejectRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  rejectTask(argument: _nexum_RejectRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  rejectTask(argument: _nexum_RejectRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  rejectTask(argument: _nexum_RejectRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  
  ReleaseTask(argument: _nexum_ReleaseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  ReleaseTask(argument: _nexum_ReleaseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  ReleaseTask(argument: _nexum_ReleaseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  ReleaseTask(argument: _nexum_ReleaseRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  releaseTask(argument: _nexum_ReleaseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  releaseTask(argument: _nexum_ReleaseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  releaseTask(argument: _nexum_ReleaseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  releaseTask(argument: _nexum_ReleaseRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  
  RerunExecution(argument: _nexum_RerunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_StartResponse__Output>): grpc.ClientUnaryCall;
  RerunExecution(argument: _nexum_RerunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_StartResponse__Output>): grpc.ClientUnaryCall;
  RerunExecution(argument: _nexum_RerunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_StartResponse__Output>): grpc.ClientUnaryCall;
  RerunExecution(argument: _nexum_RerunRequest, callback: grpc.requestCallback<_nexum_StartResponse__Output>): grpc.ClientUnaryCall;
  rerunExecution(argument: _nexum_RerunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_StartResponse__Output>): grpc.ClientUnaryCall;
  rerunExecution(argument: _nexum_RerunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_StartResponse__Output>): grpc.ClientUnaryCall;
  rerunExecution(argument: _nexum_RerunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_StartResponse__Output>): grpc.ClientUnaryCall;
  rerunExecution(argument: _nexum_RerunRequest, callback: grpc.requestCallback<_nexum_StartResponse__Output>): grpc.ClientUnaryCall;
  
  ResumeExecution(argument: _nexum_ResumeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  ResumeExecution(argument: _nexum_ResumeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  ResumeExecution(argument: _nexum_ResumeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  ResumeExecution(argument: _nexum_ResumeRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  resumeExecution(argument: _nexum_ResumeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  resumeExecution(argument: _nexum_ResumeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  resumeExecution(argument: _nexum_ResumeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  resumeExecution(argument: _nexum_ResumeRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  
  RetryExecution(argument: _nexum_RetryRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  RetryExecution(argument: _nexum_RetryRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  RetryExecution(argument: _nexum_RetryRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  RetryExecution(argument: _nexum_RetryRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  retryExecution(argument: _nexum_RetryRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  retryExecution(argument: _nexum_RetryRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  retryExecution(argument: _nexum_RetryRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  retryExecution(argument: _nexum_RetryRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  
  SettleModelCall(argument: _nexum_SettleModelCallRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  SettleModelCall(argument: _nexum_SettleModelCallRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  SettleModelCall(argument: _nexum_SettleModelCallRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  SettleModelCall(argument: _nexum_SettleModelCallRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  settleModelCall(argument: _nexum_SettleModelCallRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  settleModelCall(argument: _nexum_SettleModelCallRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  settleModelCall(argument: _nexum_SettleModelCallRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  settleModelCall(argument: _nexum_SettleModelCallRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  
  SignalExecution(argument: _nexum_SignalRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  SignalExecution(argument: _nexum_SignalRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  SignalExecution(argument: _nexum_SignalRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  SignalExecution(argument: _nexum_SignalRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  signalExecution(argument: _nexum_SignalRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  signalExecution(argument: _nexum_SignalRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  signalExecution(argument: _nexum_SignalRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  signalExecution(argument: _nexum_SignalRequest, callback: grpc.requestCallback<_nexum_AckResponse__Output>): grpc.ClientUnaryCall;
  
  StartExecution(argument: _nexum_StartRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_StartResponse__Output>): grpc.ClientUnaryCall;
  StartExecution(argument: _nexum_StartRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_StartResponse__Output>): grpc.ClientUnaryCall;
  StartExecution(argument: _nexum_StartRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_StartResponse__Output>): grpc.ClientUnaryCall;
  StartExecution(argument: _nexum_StartRequest, callback: grpc.requestCallback<_nexum_StartResponse__Output>): grpc.ClientUnaryCall;
  startExecution(argument: _nexum_StartRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_StartResponse__Output>): grpc.ClientUnaryCall;
  startExecution(argument: _nexum_StartRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_nexum_StartResponse__Output>): grpc.ClientUnaryCall;
  startExecution(argument: _nexum_StartRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_nexum_StartResponse__Output>): grpc.ClientUnaryCall;
  startExecution(argument: _nexum_StartRequest, callback: grpc.requestCallback<_nexum_StartResponse__Output>): grpc.ClientUnaryCall;
  
  WatchExecution(argument: _nexum_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_nexum_Event__Output>;
  WatchExecution(argument: _nexum_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_nexum_Event__Output>;
  watchExecution(argument: _nexum_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_nexum_Event__Output>;
  watchExecution(argument: _nexum_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_nexum_Event__Output>;
  
  Work(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_nexum_WorkRequest, _nexum_WorkResponse__Output>;
  Work(options?: grpc.CallOptions): grpc.ClientDuplexStream<_nexum_WorkRequest, _nexum_WorkResponse__Output>;
  work(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_nexum_WorkRequest, _nexum_WorkResponse__Output>;
  work(options?: grpc.CallOptions): grpc.ClientDuplexStream<_nexum_WorkRequest, _nexum_WorkResponse__Output>;
  
}

export interface NexumServiceHandlers extends grpc.UntypedServiceImplementation {
  AdmitModelCall: grpc.handleUnaryCall<_nexum_AdmitModelCallRequest__Output, _nexum_AdmitModelCallResponse>;
  
  ApproveTask: grpc.handleUnaryCall<_nexum_ApproveRequest__Output, _nexum_AckResponse>;
  
  CancelExecution: grpc.handleUnaryCall<_nexum_CancelRequest__Output, _nexum_AckResponse>;
  
  CompareVersions: grpc.handleUnaryCall<_nexum_CompareRequest__Output, _nexum_CompareResponse>;
  
  CompleteTask: grpc.handleUnaryCall<_nexum_CompleteRequest__Output, _nexum_AckResponse>;
  
  ControlSchedule: grpc.handleUnaryCall<_nexum_ControlScheduleRequest__Output, _nexum_ControlScheduleResponse>;
  
  Execute: grpc.handleBidiStreamingCall<_nexum_ExecuteRequest__Output, _nexum_ExecuteResponse>;
  
  FailTask: grpc.handleUnaryCall<_nexum_FailRequest__Output, _nexum_AckResponse>;
  
  ForgetCalls: grpc.handleUnaryCall<_nexum_ForgetCallsRequest__Output, _nexum_ForgetCallsResponse>;
  
  GetExecution: grpc.handleUnaryCall<_nexum_GetExecutionRequest__Output, _nexum_ExecutionDetail>;
  
  GetPayload: grpc.handleServerStreamingCall<_nexum_GetPayloadRequest__Output, _nexum_PayloadChunk>;
  
  GetPendingApprovals: grpc.handleUnaryCall<_nexum_EmptyRequest__Output, _nexum_PendingApprovalsResponse>;
  
  GetServerInfo: grpc.handleUnaryCall<_nexum_EmptyRequest__Output, _nexum_ServerInfo>;
  
  GetStatus: grpc.handleUnaryCall<_nexum_StatusRequest__Output, _nexum_StatusResponse>;
  
  GetWorkflow: grpc.handleUnaryCall<_nexum_GetWorkflowRequest__Output, _nexum_WorkflowIR>;
  
  Heartbeat: grpc.handleUnaryCall<_nexum_HeartbeatRequest__Output, _nexum_HeartbeatResponse>;
  
  ListCalls: grpc.handleUnaryCall<_nexum_ListCallsRequest__Output, _nexum_ListCallsResponse>;
  
  ListEvents: grpc.handleUnaryCall<_nexum_ListEventsRequest__Output, _nexum_ListEventsResponse>;
  
  ListExecutions: grpc.handleUnaryCall<_nexum_ListRequest__Output, _nexum_ListResponse>;
  
  ListMessages: grpc.handleUnaryCall<_nexum_ListMessagesRequest__Output, _nexum_ListMessagesResponse>;
  
  ListSchedules: grpc.handleUnaryCall<_nexum_ListSchedulesRequest__Output, _nexum_ListSchedulesResponse>;
  
  ListSessions: grpc.handleUnaryCall<_nexum_ListSessionsRequest__Output, _nexum_ListSessionsResponse>;
  
  ListWorkers: grpc.handleUnaryCall<_nexum_EmptyRequest__Output, _nexum_ListWorkersResponse>;
  
  ListWorkflowVersions: grpc.handleUnaryCall<_nexum_ListVersionsRequest__Output, _nexum_ListVersionsResponse>;
  
  ListWorkflows: grpc.handleUnaryCall<_nexum_EmptyRequest__Output, _nexum_ListWorkflowsResponse>;
  
  PauseExecution: grpc.handleUnaryCall<_nexum_PauseRequest__Output, _nexum_AckResponse>;
  
  PollTask: grpc.handleUnaryCall<_nexum_PollRequest__Output, _nexum_PollResponse>;
  
  PurgeExecutions: grpc.handleUnaryCall<_nexum_PurgeRequest__Output, _nexum_PurgeResponse>;
  
  RegisterWorkflow: grpc.handleUnaryCall<_nexum_WorkflowIR__Output, _nexum_AckResponse>;
  
  RejectTask: grpc.handleUnaryCall<_nexum_RejectRequest__Output, _nexum_AckResponse>;
  
  ReleaseTask: grpc.handleUnaryCall<_nexum_ReleaseRequest__Output, _nexum_AckResponse>;
  
  RerunExecution: grpc.handleUnaryCall<_nexum_RerunRequest__Output, _nexum_StartResponse>;
  
  ResumeExecution: grpc.handleUnaryCall<_nexum_ResumeRequest__Output, _nexum_AckResponse>;
  
  RetryExecution: grpc.handleUnaryCall<_nexum_RetryRequest__Output, _nexum_AckResponse>;
  
  SettleModelCall: grpc.handleUnaryCall<_nexum_SettleModelCallRequest__Output, _nexum_AckResponse>;
  
  SignalExecution: grpc.handleUnaryCall<_nexum_SignalRequest__Output, _nexum_AckResponse>;
  
  StartExecution: grpc.handleUnaryCall<_nexum_StartRequest__Output, _nexum_StartResponse>;
  
  WatchExecution: grpc.handleServerStreamingCall<_nexum_WatchRequest__Output, _nexum_Event>;
  
  Work: grpc.handleBidiStreamingCall<_nexum_WorkRequest__Output, _nexum_WorkResponse>;
  
}

export interface NexumServiceDefinition extends grpc.ServiceDefinition {
  AdmitModelCall: MethodDefinition<_nexum_AdmitModelCallRequest, _nexum_AdmitModelCallResponse, _nexum_AdmitModelCallRequest__Output, _nexum_AdmitModelCallResponse__Output>
  ApproveTask: MethodDefinition<_nexum_ApproveRequest, _nexum_AckResponse, _nexum_ApproveRequest__Output, _nexum_AckResponse__Output>
  CancelExecution: MethodDefinition<_nexum_CancelRequest, _nexum_AckResponse, _nexum_CancelRequest__Output, _nexum_AckResponse__Output>
  CompareVersions: MethodDefinition<_nexum_CompareRequest, _nexum_CompareResponse, _nexum_CompareRequest__Output, _nexum_CompareResponse__Output>
  CompleteTask: MethodDefinition<_nexum_CompleteRequest, _nexum_AckResponse, _nexum_CompleteRequest__Output, _nexum_AckResponse__Output>
  ControlSchedule: MethodDefinition<_nexum_ControlScheduleRequest, _nexum_ControlScheduleResponse, _nexum_ControlScheduleRequest__Output, _nexum_ControlScheduleResponse__Output>
  Execute: MethodDefinition<_nexum_ExecuteRequest, _nexum_ExecuteResponse, _nexum_ExecuteRequest__Output, _nexum_ExecuteResponse__Output>
  FailTask: MethodDefinition<_nexum_FailRequest, _nexum_AckResponse, _nexum_FailRequest__Output, _nexum_AckResponse__Output>
  ForgetCalls: MethodDefinition<_nexum_ForgetCallsRequest, _nexum_ForgetCallsResponse, _nexum_ForgetCallsRequest__Output, _nexum_ForgetCallsResponse__Output>
  GetExecution: MethodDefinition<_nexum_GetExecutionRequest, _nexum_ExecutionDetail, _nexum_GetExecutionRequest__Output, _nexum_ExecutionDetail__Output>
  GetPayload: MethodDefinition<_nexum_GetPayloadRequest, _nexum_PayloadChunk, _nexum_GetPayloadRequest__Output, _nexum_PayloadChunk__Output>
  GetPendingApprovals: MethodDefinition<_nexum_EmptyRequest, _nexum_PendingApprovalsResponse, _nexum_EmptyRequest__Output, _nexum_PendingApprovalsResponse__Output>
  GetServerInfo: MethodDefinition<_nexum_EmptyRequest, _nexum_ServerInfo, _nexum_EmptyRequest__Output, _nexum_ServerInfo__Output>
  GetStatus: MethodDefinition<_nexum_StatusRequest, _nexum_StatusResponse, _nexum_StatusRequest__Output, _nexum_StatusResponse__Output>
  GetWorkflow: MethodDefinition<_nexum_GetWorkflowRequest, _nexum_WorkflowIR, _nexum_GetWorkflowRequest__Output, _nexum_WorkflowIR__Output>
  Heartbeat: MethodDefinition<_nexum_HeartbeatRequest, _nexum_HeartbeatResponse, _nexum_HeartbeatRequest__Output, _nexum_HeartbeatResponse__Output>
  ListCalls: MethodDefinition<_nexum_ListCallsRequest, _nexum_ListCallsResponse, _nexum_ListCallsRequest__Output, _nexum_ListCallsResponse__Output>
  ListEvents: MethodDefinition<_nexum_ListEventsRequest, _nexum_ListEventsResponse, _nexum_ListEventsRequest__Output, _nexum_ListEventsResponse__Output>
  ListExecutions: MethodDefinition<_nexum_ListRequest, _nexum_ListResponse, _nexum_ListRequest__Output, _nexum_ListResponse__Output>
  ListMessages: MethodDefinition<_nexum_ListMessagesRequest, _nexum_ListMessagesResponse, _nexum_ListMessagesRequest__Output, _nexum_ListMessagesResponse__Output>
  ListSchedules: MethodDefinition<_nexum_ListSchedulesRequest, _nexum_ListSchedulesResponse, _nexum_ListSchedulesRequest__Output, _nexum_ListSchedulesResponse__Output>
  ListSessions: MethodDefinition<_nexum_ListSessionsRequest, _nexum_ListSessionsResponse, _nexum_ListSessionsRequest__Output, _nexum_ListSessionsResponse__Output>
  ListWorkers: MethodDefinition<_nexum_EmptyRequest, _nexum_ListWorkersResponse, _nexum_EmptyRequest__Output, _nexum_ListWorkersResponse__Output>
  ListWorkflowVersions: MethodDefinition<_nexum_ListVersionsRequest, _nexum_ListVersionsResponse, _nexum_ListVersionsRequest__Output, _nexum_ListVersionsResponse__Output>
  ListWorkflows: MethodDefinition<_nexum_EmptyRequest, _nexum_ListWorkflowsResponse, _nexum_EmptyRequest__Output, _nexum_ListWorkflowsResponse__Output>
  PauseExecution: MethodDefinition<_nexum_PauseRequest, _nexum_AckResponse, _nexum_PauseRequest__Output, _nexum_AckResponse__Output>
  PollTask: MethodDefinition<_nexum_PollRequest, _nexum_PollResponse, _nexum_PollRequest__Output, _nexum_PollResponse__Output>
  PurgeExecutions: MethodDefinition<_nexum_PurgeRequest, _nexum_PurgeResponse, _nexum_PurgeRequest__Output, _nexum_PurgeResponse__Output>
  RegisterWorkflow: MethodDefinition<_nexum_WorkflowIR, _nexum_AckResponse, _nexum_WorkflowIR__Output, _nexum_AckResponse__Output>
  RejectTask: MethodDefinition<_nexum_RejectRequest, _nexum_AckResponse, _nexum_RejectRequest__Output, _nexum_AckResponse__Output>
  ReleaseTask: MethodDefinition<_nexum_ReleaseRequest, _nexum_AckResponse, _nexum_ReleaseRequest__Output, _nexum_AckResponse__Output>
  RerunExecution: MethodDefinition<_nexum_RerunRequest, _nexum_StartResponse, _nexum_RerunRequest__Output, _nexum_StartResponse__Output>
  ResumeExecution: MethodDefinition<_nexum_ResumeRequest, _nexum_AckResponse, _nexum_ResumeRequest__Output, _nexum_AckResponse__Output>
  RetryExecution: MethodDefinition<_nexum_RetryRequest, _nexum_AckResponse, _nexum_RetryRequest__Output, _nexum_AckResponse__Output>
  SettleModelCall: MethodDefinition<_nexum_SettleModelCallRequest, _nexum_AckResponse, _nexum_SettleModelCallRequest__Output, _nexum_AckResponse__Output>
  SignalExecution: MethodDefinition<_nexum_SignalRequest, _nexum_AckResponse, _nexum_SignalRequest__Output, _nexum_AckResponse__Output>
  StartExecution: MethodDefinition<_nexum_StartRequest, _nexum_StartResponse, _nexum_StartRequest__Output, _nexum_StartResponse__Output>
  WatchExecution: MethodDefinition<_nexum_WatchRequest, _nexum_Event, _nexum_WatchRequest__Output, _nexum_Event__Output>
  Work: MethodDefinition<_nexum_WorkRequest, _nexum_WorkResponse, _nexum_WorkRequest__Output, _nexum_WorkResponse__Output>
}
