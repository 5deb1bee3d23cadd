import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { AckResponse as _nexum_AckResponse, AckResponse__Output as _nexum_AckResponse__Output } from './nexum/AckResponse.js';
import type { AdmitModelCallRequest as _nexum_AdmitModelCallRequest, AdmitModelCallRequest__Output as _nexum_AdmitModelCallRequest__Output } from './nexum/AdmitModelCallRequest.js';
import type { AdmitModelCallResponse as _nexum_AdmitModelCallResponse, AdmitModelCallResponse__Output as _nexum_AdmitModelCallResponse__Output } from './nexum/AdmitModelCallResponse.js';
import type { ApproveRequest as _nexum_ApproveRequest, ApproveRequest__Output as _nexum_ApproveRequest__Output } from './nexum/ApproveRequest.js';
import type { AttemptDetail as _nexum_AttemptDetail, AttemptDetail__Output as _nexum_AttemptDetail__Output } from './nexum/AttemptDetail.js';
import type { CallInfo as _nexum_CallInfo, CallInfo__Output as _nexum_CallInfo__Output } from './nexum/CallInfo.js';
import type { CancelRequest as _nexum_CancelRequest, CancelRequest__Output as _nexum_CancelRequest__Output } from './nexum/CancelRequest.js';
import type { CompareRequest as _nexum_CompareRequest, CompareRequest__Output as _nexum_CompareRequest__Output } from './nexum/CompareRequest.js';
import type { CompareResponse as _nexum_CompareResponse, CompareResponse__Output as _nexum_CompareResponse__Output } from './nexum/CompareResponse.js';
import type { CompleteRequest as _nexum_CompleteRequest, CompleteRequest__Output as _nexum_CompleteRequest__Output } from './nexum/CompleteRequest.js';
import type { ControlScheduleRequest as _nexum_ControlScheduleRequest, ControlScheduleRequest__Output as _nexum_ControlScheduleRequest__Output } from './nexum/ControlScheduleRequest.js';
import type { ControlScheduleResponse as _nexum_ControlScheduleResponse, ControlScheduleResponse__Output as _nexum_ControlScheduleResponse__Output } from './nexum/ControlScheduleResponse.js';
import type { EdgeAnswer as _nexum_EdgeAnswer, EdgeAnswer__Output as _nexum_EdgeAnswer__Output } from './nexum/EdgeAnswer.js';
import type { EmptyRequest as _nexum_EmptyRequest, EmptyRequest__Output as _nexum_EmptyRequest__Output } from './nexum/EmptyRequest.js';
import type { Event as _nexum_Event, Event__Output as _nexum_Event__Output } from './nexum/Event.js';
import type { ExecuteClaim as _nexum_ExecuteClaim, ExecuteClaim__Output as _nexum_ExecuteClaim__Output } from './nexum/ExecuteClaim.js';
import type { ExecuteFinished as _nexum_ExecuteFinished, ExecuteFinished__Output as _nexum_ExecuteFinished__Output } from './nexum/ExecuteFinished.js';
import type { ExecuteRequest as _nexum_ExecuteRequest, ExecuteRequest__Output as _nexum_ExecuteRequest__Output } from './nexum/ExecuteRequest.js';
import type { ExecuteResponse as _nexum_ExecuteResponse, ExecuteResponse__Output as _nexum_ExecuteResponse__Output } from './nexum/ExecuteResponse.js';
import type { ExecuteStart as _nexum_ExecuteStart, ExecuteStart__Output as _nexum_ExecuteStart__Output } from './nexum/ExecuteStart.js';
import type { ExecuteStarted as _nexum_ExecuteStarted, ExecuteStarted__Output as _nexum_ExecuteStarted__Output } from './nexum/ExecuteStarted.js';
import type { ExecutionDetail as _nexum_ExecutionDetail, ExecutionDetail__Output as _nexum_ExecutionDetail__Output } from './nexum/ExecutionDetail.js';
import type { ExecutionSummary as _nexum_ExecutionSummary, ExecutionSummary__Output as _nexum_ExecutionSummary__Output } from './nexum/ExecutionSummary.js';
import type { FailRequest as _nexum_FailRequest, FailRequest__Output as _nexum_FailRequest__Output } from './nexum/FailRequest.js';
import type { FailedDependency as _nexum_FailedDependency, FailedDependency__Output as _nexum_FailedDependency__Output } from './nexum/FailedDependency.js';
import type { ForgetCallsRequest as _nexum_ForgetCallsRequest, ForgetCallsRequest__Output as _nexum_ForgetCallsRequest__Output } from './nexum/ForgetCallsRequest.js';
import type { ForgetCallsResponse as _nexum_ForgetCallsResponse, ForgetCallsResponse__Output as _nexum_ForgetCallsResponse__Output } from './nexum/ForgetCallsResponse.js';
import type { GetExecutionRequest as _nexum_GetExecutionRequest, GetExecutionRequest__Output as _nexum_GetExecutionRequest__Output } from './nexum/GetExecutionRequest.js';
import type { GetPayloadRequest as _nexum_GetPayloadRequest, GetPayloadRequest__Output as _nexum_GetPayloadRequest__Output } from './nexum/GetPayloadRequest.js';
import type { GetWorkflowRequest as _nexum_GetWorkflowRequest, GetWorkflowRequest__Output as _nexum_GetWorkflowRequest__Output } from './nexum/GetWorkflowRequest.js';
import type { GraphDetail as _nexum_GraphDetail, GraphDetail__Output as _nexum_GraphDetail__Output } from './nexum/GraphDetail.js';
import type { HeartbeatRequest as _nexum_HeartbeatRequest, HeartbeatRequest__Output as _nexum_HeartbeatRequest__Output } from './nexum/HeartbeatRequest.js';
import type { HeartbeatResponse as _nexum_HeartbeatResponse, HeartbeatResponse__Output as _nexum_HeartbeatResponse__Output } from './nexum/HeartbeatResponse.js';
import type { LimitDetail as _nexum_LimitDetail, LimitDetail__Output as _nexum_LimitDetail__Output } from './nexum/LimitDetail.js';
import type { ListCallsRequest as _nexum_ListCallsRequest, ListCallsRequest__Output as _nexum_ListCallsRequest__Output } from './nexum/ListCallsRequest.js';
import type { ListCallsResponse as _nexum_ListCallsResponse, ListCallsResponse__Output as _nexum_ListCallsResponse__Output } from './nexum/ListCallsResponse.js';
import type { ListEventsRequest as _nexum_ListEventsRequest, ListEventsRequest__Output as _nexum_ListEventsRequest__Output } from './nexum/ListEventsRequest.js';
import type { ListEventsResponse as _nexum_ListEventsResponse, ListEventsResponse__Output as _nexum_ListEventsResponse__Output } from './nexum/ListEventsResponse.js';
import type { ListMessagesRequest as _nexum_ListMessagesRequest, ListMessagesRequest__Output as _nexum_ListMessagesRequest__Output } from './nexum/ListMessagesRequest.js';
import type { ListMessagesResponse as _nexum_ListMessagesResponse, ListMessagesResponse__Output as _nexum_ListMessagesResponse__Output } from './nexum/ListMessagesResponse.js';
import type { ListRequest as _nexum_ListRequest, ListRequest__Output as _nexum_ListRequest__Output } from './nexum/ListRequest.js';
import type { ListResponse as _nexum_ListResponse, ListResponse__Output as _nexum_ListResponse__Output } from './nexum/ListResponse.js';
import type { ListSchedulesRequest as _nexum_ListSchedulesRequest, ListSchedulesRequest__Output as _nexum_ListSchedulesRequest__Output } from './nexum/ListSchedulesRequest.js';
import type { ListSchedulesResponse as _nexum_ListSchedulesResponse, ListSchedulesResponse__Output as _nexum_ListSchedulesResponse__Output } from './nexum/ListSchedulesResponse.js';
import type { ListSessionsRequest as _nexum_ListSessionsRequest, ListSessionsRequest__Output as _nexum_ListSessionsRequest__Output } from './nexum/ListSessionsRequest.js';
import type { ListSessionsResponse as _nexum_ListSessionsResponse, ListSessionsResponse__Output as _nexum_ListSessionsResponse__Output } from './nexum/ListSessionsResponse.js';
import type { ListVersionsRequest as _nexum_ListVersionsRequest, ListVersionsRequest__Output as _nexum_ListVersionsRequest__Output } from './nexum/ListVersionsRequest.js';
import type { ListVersionsResponse as _nexum_ListVersionsResponse, ListVersionsResponse__Output as _nexum_ListVersionsResponse__Output } from './nexum/ListVersionsResponse.js';
import type { ListWorkersResponse as _nexum_ListWorkersResponse, ListWorkersResponse__Output as _nexum_ListWorkersResponse__Output } from './nexum/ListWorkersResponse.js';
import type { ListWorkflowsResponse as _nexum_ListWorkflowsResponse, ListWorkflowsResponse__Output as _nexum_ListWorkflowsResponse__Output } from './nexum/ListWorkflowsResponse.js';
import type { MapProgress as _nexum_MapProgress, MapProgress__Output as _nexum_MapProgress__Output } from './nexum/MapProgress.js';
import type { ModelUsage as _nexum_ModelUsage, ModelUsage__Output as _nexum_ModelUsage__Output } from './nexum/ModelUsage.js';
import type { NexumServiceClient as _nexum_NexumServiceClient, NexumServiceDefinition as _nexum_NexumServiceDefinition } from './nexum/NexumService.js';
import type { NodeDetail as _nexum_NodeDetail, NodeDetail__Output as _nexum_NodeDetail__Output } from './nexum/NodeDetail.js';
import type { PauseRequest as _nexum_PauseRequest, PauseRequest__Output as _nexum_PauseRequest__Output } from './nexum/PauseRequest.js';
import type { PayloadChunk as _nexum_PayloadChunk, PayloadChunk__Output as _nexum_PayloadChunk__Output } from './nexum/PayloadChunk.js';
import type { PendingApprovalItem as _nexum_PendingApprovalItem, PendingApprovalItem__Output as _nexum_PendingApprovalItem__Output } from './nexum/PendingApprovalItem.js';
import type { PendingApprovalsResponse as _nexum_PendingApprovalsResponse, PendingApprovalsResponse__Output as _nexum_PendingApprovalsResponse__Output } from './nexum/PendingApprovalsResponse.js';
import type { PollRequest as _nexum_PollRequest, PollRequest__Output as _nexum_PollRequest__Output } from './nexum/PollRequest.js';
import type { PollResponse as _nexum_PollResponse, PollResponse__Output as _nexum_PollResponse__Output } from './nexum/PollResponse.js';
import type { PurgeRequest as _nexum_PurgeRequest, PurgeRequest__Output as _nexum_PurgeRequest__Output } from './nexum/PurgeRequest.js';
import type { PurgeResponse as _nexum_PurgeResponse, PurgeResponse__Output as _nexum_PurgeResponse__Output } from './nexum/PurgeResponse.js';
import type { RejectRequest as _nexum_RejectRequest, RejectRequest__Output as _nexum_RejectRequest__Output } from './nexum/RejectRequest.js';
import type { ReleaseRequest as _nexum_ReleaseRequest, ReleaseRequest__Output as _nexum_ReleaseRequest__Output } from './nexum/ReleaseRequest.js';
import type { RerunRequest as _nexum_RerunRequest, RerunRequest__Output as _nexum_RerunRequest__Output } from './nexum/RerunRequest.js';
import type { ResumeRequest as _nexum_ResumeRequest, ResumeRequest__Output as _nexum_ResumeRequest__Output } from './nexum/ResumeRequest.js';
import type { RetryRequest as _nexum_RetryRequest, RetryRequest__Output as _nexum_RetryRequest__Output } from './nexum/RetryRequest.js';
import type { ScheduleInfo as _nexum_ScheduleInfo, ScheduleInfo__Output as _nexum_ScheduleInfo__Output } from './nexum/ScheduleInfo.js';
import type { ServerInfo as _nexum_ServerInfo, ServerInfo__Output as _nexum_ServerInfo__Output } from './nexum/ServerInfo.js';
import type { SessionInfo as _nexum_SessionInfo, SessionInfo__Output as _nexum_SessionInfo__Output } from './nexum/SessionInfo.js';
import type { SettleModelCallRequest as _nexum_SettleModelCallRequest, SettleModelCallRequest__Output as _nexum_SettleModelCallRequest__Output } from './nexum/SettleModelCallRequest.js';
import type { SignalRequest as _nexum_SignalRequest, SignalRequest__Output as _nexum_SignalRequest__Output } from './nexum/SignalRequest.js';
import type { StartRequest as _nexum_StartRequest, StartRequest__Output as _nexum_StartRequest__Output } from './nexum/StartRequest.js';
import type { StartResponse as _nexum_StartResponse, StartResponse__Output as _nexum_StartResponse__Output } from './nexum/StartResponse.js';
import type { StatusRequest as _nexum_StatusRequest, StatusRequest__Output as _nexum_StatusRequest__Output } from './nexum/StatusRequest.js';
import type { StatusResponse as _nexum_StatusResponse, StatusResponse__Output as _nexum_StatusResponse__Output } from './nexum/StatusResponse.js';
import type { ThreadMessage as _nexum_ThreadMessage, ThreadMessage__Output as _nexum_ThreadMessage__Output } from './nexum/ThreadMessage.js';
import type { UnsatisfiedJoin as _nexum_UnsatisfiedJoin, UnsatisfiedJoin__Output as _nexum_UnsatisfiedJoin__Output } from './nexum/UnsatisfiedJoin.js';
import type { VersionChange as _nexum_VersionChange, VersionChange__Output as _nexum_VersionChange__Output } from './nexum/VersionChange.js';
import type { VersionInfo as _nexum_VersionInfo, VersionInfo__Output as _nexum_VersionInfo__Output } from './nexum/VersionInfo.js';
import type { WatchRequest as _nexum_WatchRequest, WatchRequest__Output as _nexum_WatchRequest__Output } from './nexum/WatchRequest.js';
import type { WorkAnswer as _nexum_WorkAnswer, WorkAnswer__Output as _nexum_WorkAnswer__Output } from './nexum/WorkAnswer.js';
import type { WorkHello as _nexum_WorkHello, WorkHello__Output as _nexum_WorkHello__Output } from './nexum/WorkHello.js';
import type { WorkRequest as _nexum_WorkRequest, WorkRequest__Output as _nexum_WorkRequest__Output } from './nexum/WorkRequest.js';
import type { WorkResponse as _nexum_WorkResponse, WorkResponse__Output as _nexum_WorkResponse__Output } from './nexum/WorkResponse.js';
import type { WorkerInfo as _nexum_WorkerInfo, WorkerInfo__Output as _nexum_WorkerInfo__Output } from './nexum/WorkerInfo.js';
import type { WorkflowIR as _nexum_WorkflowIR, WorkflowIR__Output as _nexum_WorkflowIR__Output } from './nexum/WorkflowIR.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  nexum: {
    AckResponse: MessageTypeDefinition<_nexum_AckResponse, _nexum_AckResponse__Output>
    AdmitModelCallRequest: MessageTypeDefinition<_nexum_AdmitModelCallRequest, _nexum_AdmitModelCallRequest__Output>
    AdmitModelCallResponse: MessageTypeDefinition<_nexum_AdmitModelCallResponse, _nexum_AdmitModelCallResponse__Output>
    ApproveRequest: MessageTypeDefinition<_nexum_ApproveRequest, _nexum_ApproveRequest__Output>
    AttemptDetail: MessageTypeDefinition<_nexum_AttemptDetail, _nexum_AttemptDetail__Output>
    CallInfo: MessageTypeDefinition<_nexum_CallInfo, _nexum_CallInfo__Output>
    CancelRequest: MessageTypeDefinition<_nexum_CancelRequest, _nexum_CancelRequest__Output>
    CompareRequest: MessageTypeDefinition<_nexum_CompareRequest, _nexum_CompareRequest__Output>
    CompareResponse: MessageTypeDefinition<_nexum_CompareResponse, _nexum_CompareResponse__Output>
    CompleteRequest: MessageTypeDefinition<_nexum_CompleteRequest, _nexum_CompleteRequest__Output>
    ControlScheduleRequest: MessageTypeDefinition<_nexum_ControlScheduleRequest, _nexum_ControlScheduleRequest__Output>
    ControlScheduleResponse: MessageTypeDefinition<_nexum_ControlScheduleResponse, _nexum_ControlScheduleResponse__Output>
    EdgeAnswer: MessageTypeDefinition<_nexum_EdgeAnswer, _nexum_EdgeAnswer__Output>
    EmptyRequest: MessageTypeDefinition<_nexum_EmptyRequest, _nexum_EmptyRequest__Output>
    Event: MessageTypeDefinition<_nexum_Event, _nexum_Event__Output>
    ExecuteClaim: MessageTypeDefinition<_nexum_ExecuteClaim, _nexum_ExecuteClaim__Output>
    ExecuteFinished: MessageTypeDefinition<_nexum_ExecuteFinished, _nexum_ExecuteFinished__Output>
    ExecuteRequest: MessageTypeDefinition<_nexum_ExecuteRequest, _nexum_ExecuteRequest__Output>
    ExecuteResponse: MessageTypeDefinition<_nexum_ExecuteResponse, _nexum_ExecuteResponse__Output>
    ExecuteStart: MessageTypeDefinition<_nexum_ExecuteStart, _nexum_ExecuteStart__Output>
    ExecuteStarted: MessageTypeDefinition<_nexum_ExecuteStarted, _nexum_ExecuteStarted__Output>
    ExecutionDetail: MessageTypeDefinition<_nexum_ExecutionDetail, _nexum_ExecutionDetail__Output>
    ExecutionSummary: MessageTypeDefinition<_nexum_ExecutionSummary, _nexum_ExecutionSummary__Output>
    FailRequest: MessageTypeDefinition<_nexum_FailRequest, _nexum_FailRequest__Output>
    FailedDependency: MessageTypeDefinition<_nexum_FailedDependency, _nexum_FailedDependency__Output>
    ForgetCallsRequest: MessageTypeDefinition<_nexum_ForgetCallsRequest, _nexum_ForgetCallsRequest__Output>
    ForgetCallsResponse: MessageTypeDefinition<_nexum_ForgetCallsResponse, _nexum_ForgetCallsResponse__Output>
    GetExecutionRequest: MessageTypeDefinition<_nexum_GetExecutionRequest, _nexum_GetExecutionRequest__Output>
    GetPayloadRequest: MessageTypeDefinition<_nexum_GetPayloadRequest, _nexum_GetPayloadRequest__Output>
    GetWorkflowRequest: MessageTypeDefinition<_nexum_GetWorkflowRequest, _nexum_GetWorkflowRequest__Output>
    GraphDetail: MessageTypeDefinition<_nexum_GraphDetail, _nexum_GraphDetail__Output>
    HeartbeatRequest: MessageTypeDefinition<_nexum_HeartbeatRequest, _nexum_HeartbeatRequest__Output>
    HeartbeatResponse: MessageTypeDefinition<_nexum_HeartbeatResponse, _nexum_HeartbeatResponse__Output>
    LimitDetail: MessageTypeDefinition<_nexum_LimitDetail, _nexum_LimitDetail__Output>
    ListCallsRequest: MessageTypeDefinition<_nexum_ListCallsRequest, _nexum_ListCallsRequest__Output>
    ListCallsResponse: MessageTypeDefinition<_nexum_ListCallsResponse, _nexum_ListCallsResponse__Output>
    ListEventsRequest: MessageTypeDefinition<_nexum_ListEventsRequest, _nexum_ListEventsRequest__Output>
    ListEventsResponse: MessageTypeDefinition<_nexum_ListEventsResponse, _nexum_ListEventsResponse__Output>
    ListMessagesRequest: MessageTypeDefinition<_nexum_ListMessagesRequest, _nexum_ListMessagesRequest__Output>
    ListMessagesResponse: MessageTypeDefinition<_nexum_ListMessagesResponse, _nexum_ListMessagesResponse__Output>
    ListRequest: MessageTypeDefinition<_nexum_ListRequest, _nexum_ListRequest__Output>
    ListResponse: MessageTypeDefinition<_nexum_ListResponse, _nexum_ListResponse__Output>
    ListSchedulesRequest: MessageTypeDefinition<_nexum_ListSchedulesRequest, _nexum_ListSchedulesRequest__Output>
    ListSchedulesResponse: MessageTypeDefinition<_nexum_ListSchedulesResponse, _nexum_ListSchedulesResponse__Output>
    ListSessionsRequest: MessageTypeDefinition<_nexum_ListSessionsRequest, _nexum_ListSessionsRequest__Output>
    ListSessionsResponse: MessageTypeDefinition<_nexum_ListSessionsResponse, _nexum_ListSessionsResponse__Output>
    ListVersionsRequest: MessageTypeDefinition<_nexum_ListVersionsRequest, _nexum_ListVersionsRequest__Output>
    ListVersionsResponse: MessageTypeDefinition<_nexum_ListVersionsResponse, _nexum_ListVersionsResponse__Output>
    ListWorkersResponse: MessageTypeDefinition<_nexum_ListWorkersResponse, _nexum_ListWorkersResponse__Output>
    ListWorkflowsResponse: MessageTypeDefinition<_nexum_ListWorkflowsResponse, _nexum_ListWorkflowsResponse__Output>
    MapProgress: MessageTypeDefinition<_nexum_MapProgress, _nexum_MapProgress__Output>
    ModelUsage: MessageTypeDefinition<_nexum_ModelUsage, _nexum_ModelUsage__Output>
    NexumService: SubtypeConstructor<typeof grpc.Client, _nexum_NexumServiceClient> & { service: _nexum_NexumServiceDefinition }
    NodeDetail: MessageTypeDefinition<_nexum_NodeDetail, _nexum_NodeDetail__Output>
    PauseRequest: MessageTypeDefinition<_nexum_PauseRequest, _nexum_PauseRequest__Output>
    PayloadChunk: MessageTypeDefinition<_nexum_PayloadChunk, _nexum_PayloadChunk__Output>
    PendingApprovalItem: MessageTypeDefinition<_nexum_PendingApprovalItem, _nexum_PendingApprovalItem__Output>
    PendingApprovalsResponse: MessageTypeDefinition<_nexum_PendingApprovalsResponse, _nexum_PendingApprovalsResponse__Output>
    PollRequest: MessageTypeDefinition<_nexum_PollRequest, _nexum_PollRequest__Output>
    PollResponse: MessageTypeDefinition<_nexum_PollResponse, _nexum_PollResponse__Output>
    PurgeRequest: MessageTypeDefinition<_nexum_PurgeRequest, _nexum_PurgeRequest__Output>
    PurgeResponse: MessageTypeDefinition<_nexum_PurgeResponse, _nexum_PurgeResponse__Output>
    RejectRequest: MessageTypeDefinition<_nexum_RejectRequest, _nexum_RejectRequest__Output>
    ReleaseRequest: MessageTypeDefinition<_nexum_ReleaseRequest, _nexum_ReleaseRequest__Output>
    RerunRequest: MessageTypeDefinition<_nexum_RerunRequest, _nexum_RerunRequest__Output>
    ResumeRequest: MessageTypeDefinition<_nexum_ResumeRequest, _nexum_ResumeRequest__Output>
    RetryRequest: MessageTypeDefinition<_nexum_RetryRequest, _nexum_RetryRequest__Output>
    ScheduleInfo: MessageTypeDefinition<_nexum_ScheduleInfo, _nexum_ScheduleInfo__Output>
    ServerInfo: MessageTypeDefinition<_nexum_ServerInfo, _nexum_ServerInfo__Output>
    SessionInfo: MessageTypeDefinition<_nexum_SessionInfo, _nexum_SessionInfo__Output>
    SettleModelCallRequest: MessageTypeDefinition<_nexum_SettleModelCallRequest, _nexum_SettleModelCallRequest__Output>
    SignalRequest: MessageTypeDefinition<_nexum_SignalRequest, _nexum_SignalRequest__Output>
    StartRequest: MessageTypeDefinition<_nexum_StartRequest, _nexum_StartRequest__Output>
    StartResponse: MessageTypeDefinition<_nexum_StartResponse, _nexum_StartResponse__Output>
    StatusRequest: MessageTypeDefinition<_nexum_StatusRequest, _nexum_StatusRequest__Output>
    StatusResponse: MessageTypeDefinition<_nexum_StatusResponse, _nexum_StatusResponse__Output>
    ThreadMessage: MessageTypeDefinition<_nexum_ThreadMessage, _nexum_ThreadMessage__Output>
    UnsatisfiedJoin: MessageTypeDefinition<_nexum_UnsatisfiedJoin, _nexum_UnsatisfiedJoin__Output>
    VersionChange: MessageTypeDefinition<_nexum_VersionChange, _nexum_VersionChange__Output>
    VersionInfo: MessageTypeDefinition<_nexum_VersionInfo, _nexum_VersionInfo__Output>
    WatchRequest: MessageTypeDefinition<_nexum_WatchRequest, _nexum_WatchRequest__Output>
    WorkAnswer: MessageTypeDefinition<_nexum_WorkAnswer, _nexum_WorkAnswer__Output>
    WorkHello: MessageTypeDefinition<_nexum_WorkHello, _nexum_WorkHello__Output>
    WorkRequest: MessageTypeDefinition<_nexum_WorkRequest, _nexum_WorkRequest__Output>
    WorkResponse: MessageTypeDefinition<_nexum_WorkResponse, _nexum_WorkResponse__Output>
    WorkerInfo: MessageTypeDefinition<_nexum_WorkerInfo, _nexum_WorkerInfo__Output>
    WorkflowIR: MessageTypeDefinition<_nexum_WorkflowIR, _nexum_WorkflowIR__Output>
  }
}

