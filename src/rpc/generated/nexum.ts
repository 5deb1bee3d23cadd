import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { AckResponse as _nexum_AckResponse, AckResponse__Output as _nexum_AckResponse__Output } from './nexum/AckResponse.js';
import type { ApproveRequest as _nexum_ApproveRequest, ApproveRequest__Output as _nexum_ApproveRequest__Output } from './nexum/ApproveRequest.js';
import type { AttemptDetail as _nexum_AttemptDetail, AttemptDetail__Output as _nexum_AttemptDetail__Output } from './nexum/AttemptDetail.js';
import type { CancelRequest as _nexum_CancelRequest, CancelRequest__Output as _nexum_CancelRequest__Output } from './nexum/CancelRequest.js';
import type { CompleteRequest as _nexum_CompleteRequest, CompleteRequest__Output as _nexum_CompleteRequest__Output } from './nexum/CompleteRequest.js';
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
import type { GetExecutionRequest as _nexum_GetExecutionRequest, GetExecutionRequest__Output as _nexum_GetExecutionRequest__Output } from './nexum/GetExecutionRequest.js';
import type { GetWorkflowRequest as _nexum_GetWorkflowRequest, GetWorkflowRequest__Output as _nexum_GetWorkflowRequest__Output } from './nexum/GetWorkflowRequest.js';
import type { HeartbeatRequest as _nexum_HeartbeatRequest, HeartbeatRequest__Output as _nexum_HeartbeatRequest__Output } from './nexum/HeartbeatRequest.js';
import type { HeartbeatResponse as _nexum_HeartbeatResponse, HeartbeatResponse__Output as _nexum_HeartbeatResponse__Output } from './nexum/HeartbeatResponse.js';
import type { ListEventsRequest as _nexum_ListEventsRequest, ListEventsRequest__Output as _nexum_ListEventsRequest__Output } from './nexum/ListEventsRequest.js';
import type { ListEventsResponse as _nexum_ListEventsResponse, ListEventsResponse__Output as _nexum_ListEventsResponse__Output } from './nexum/ListEventsResponse.js';
import type { ListRequest as _nexum_ListRequest, ListRequest__Output as _nexum_ListRequest__Output } from './nexum/ListRequest.js';
import type { ListResponse as _nexum_ListResponse, ListResponse__Output as _nexum_ListResponse__Output } from './nexum/ListResponse.js';
import type { ListVersionsRequest as _nexum_ListVersionsRequest, ListVersionsRequest__Output as _nexum_ListVersionsRequest__Output } from './nexum/ListVersionsRequest.js';
import type { ListVersionsResponse as _nexum_ListVersionsResponse, ListVersionsResponse__Output as _nexum_ListVersionsResponse__Output } from './nexum/ListVersionsResponse.js';
import type { ListWorkflowsResponse as _nexum_ListWorkflowsResponse, ListWorkflowsResponse__Output as _nexum_ListWorkflowsResponse__Output } from './nexum/ListWorkflowsResponse.js';
import type { NexumServiceClient as _nexum_NexumServiceClient, NexumServiceDefinition as _nexum_NexumServiceDefinition } from './nexum/NexumService.js';
import type { NodeDetail as _nexum_NodeDetail, NodeDetail__Output as _nexum_NodeDetail__Output } from './nexum/NodeDetail.js';
import type { PauseRequest as _nexum_PauseRequest, PauseRequest__Output as _nexum_PauseRequest__Output } from './nexum/PauseRequest.js';
import type { PendingApprovalItem as _nexum_PendingApprovalItem, PendingApprovalItem__Output as _nexum_PendingApprovalItem__Output } from './nexum/PendingApprovalItem.js';
import type { PendingApprovalsResponse as _nexum_PendingApprovalsResponse, PendingApprovalsResponse__Output as _nexum_PendingApprovalsResponse__Output } from './nexum/PendingApprovalsResponse.js';
import type { PollRequest as _nexum_PollRequest, PollRequest__Output as _nexum_PollRequest__Output } from './nexum/PollRequest.js';
import type { PollResponse as _nexum_PollResponse, PollResponse__Output as _nexum_PollResponse__Output } from './nexum/PollResponse.js';
import type { RejectRequest as _nexum_RejectRequest, RejectRequest__Output as _nexum_RejectRequest__Output } from './nexum/RejectRequest.js';
import type { ReleaseRequest as _nexum_ReleaseRequest, ReleaseRequest__Output as _nexum_ReleaseRequest__Output } from './nexum/ReleaseRequest.js';
import type { ResumeRequest as _nexum_ResumeRequest, ResumeRequest__Output as _nexum_ResumeRequest__Output } from './nexum/ResumeRequest.js';
import type { ServerInfo as _nexum_ServerInfo, ServerInfo__Output as _nexum_ServerInfo__Output } from './nexum/ServerInfo.js';
import type { StartRequest as _nexum_StartRequest, StartRequest__Output as _nexum_StartRequest__Output } from './nexum/StartRequest.js';
import type { StartResponse as _nexum_StartResponse, StartResponse__Output as _nexum_StartResponse__Output } from './nexum/StartResponse.js';
import type { StatusRequest as _nexum_StatusRequest, StatusRequest__Output as _nexum_StatusRequest__Output } from './nexum/StatusRequest.js';
import type { StatusResponse as _nexum_StatusResponse, StatusResponse__Output as _nexum_StatusResponse__Output } from './nexum/StatusResponse.js';
import type { VersionInfo as _nexum_VersionInfo, VersionInfo__Output as _nexum_VersionInfo__Output } from './nexum/VersionInfo.js';
import type { WatchRequest as _nexum_WatchRequest, WatchRequest__Output as _nexum_WatchRequest__Output } from './nexum/WatchRequest.js';
import type { WorkAnswer as _nexum_WorkAnswer, WorkAnswer__Output as _nexum_WorkAnswer__Output } from './nexum/WorkAnswer.js';
import type { WorkHello as _nexum_WorkHello, WorkHello__Output as _nexum_WorkHello__Output } from './nexum/WorkHello.js';
import type { WorkRequest as _nexum_WorkRequest, WorkRequest__Output as _nexum_WorkRequest__Output } from './nexum/WorkRequest.js';
import type { WorkResponse as _nexum_WorkResponse, WorkResponse__Output as _nexum_WorkResponse__Output } from './nexum/WorkResponse.js';
import type { WorkflowIR as _nexum_WorkflowIR, WorkflowIR__Output as _nexum_WorkflowIR__Output } from './nexum/WorkflowIR.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  nexum: {
    AckResponse: MessageTypeDefinition<_nexum_AckResponse, _nexum_AckResponse__Output>
    ApproveRequest: MessageTypeDefinition<_nexum_ApproveRequest, _nexum_ApproveRequest__Output>
    AttemptDetail: MessageTypeDefinition<_nexum_AttemptDetail, _nexum_AttemptDetail__Output>
    CancelRequest: MessageTypeDefinition<_nexum_CancelRequest, _nexum_CancelRequest__Output>
    CompleteRequest: MessageTypeDefinition<_nexum_CompleteRequest, _nexum_CompleteRequest__Output>
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
    GetExecutionRequest: MessageTypeDefinition<_nexum_GetExecutionRequest, _nexum_GetExecutionRequest__Output>
    GetWorkflowRequest: MessageTypeDefinition<_nexum_GetWorkflowRequest, _nexum_GetWorkflowRequest__Output>
    HeartbeatRequest: MessageTypeDefinition<_nexum_HeartbeatRequest, _nexum_HeartbeatRequest__Output>
    HeartbeatResponse: MessageTypeDefinition<_nexum_HeartbeatResponse, _nexum_HeartbeatResponse__Output>
    ListEventsRequest: MessageTypeDefinition<_nexum_ListEventsRequest, _nexum_ListEventsRequest__Output>
    ListEventsResponse: MessageTypeDefinition<_nexum_ListEventsResponse, _nexum_ListEventsResponse__Output>
    ListRequest: MessageTypeDefinition<_nexum_ListRequest, _nexum_ListRequest__Output>
    ListResponse: MessageTypeDefinition<_nexum_ListResponse, _nexum_ListResponse__Output>
    ListVersionsRequest: MessageTypeDefinition<_nexum_ListVersionsRequest, _nexum_ListVersionsRequest__Output>
    ListVersionsResponse: MessageTypeDefinition<_nexum_ListVersionsResponse, _nexum_ListVersionsResponse__Output>
    ListWorkflowsResponse: MessageTypeDefinition<_nexum_ListWorkflowsResponse, _nexum_ListWorkflowsResponse__Output>
    NexumService: SubtypeConstructor<typeof grpc.Client, _nexum_NexumServiceClient> & { service: _nexum_NexumServiceDefinition }
    NodeDetail: MessageTypeDefinition<_nexum_NodeDetail, _nexum_NodeDetail__Output>
    PauseRequest: MessageTypeDefinition<_nexum_PauseRequest, _nexum_PauseRequest__Output>
    PendingApprovalItem: MessageTypeDefinition<_nexum_PendingApprovalItem, _nexum_PendingApprovalItem__Output>
    PendingApprovalsResponse: MessageTypeDefinition<_nexum_PendingApprovalsResponse, _nexum_PendingApprovalsResponse__Output>
    PollRequest: MessageTypeDefinition<_nexum_PollRequest, _nexum_PollRequest__Output>
    PollResponse: MessageTypeDefinition<_nexum_PollResponse, _nexum_PollResponse__Output>
    RejectRequest: MessageTypeDefinition<_nexum_RejectRequest, _nexum_RejectRequest__Output>
    ReleaseRequest: MessageTypeDefinition<_nexum_ReleaseRequest, _nexum_ReleaseRequest__Output>
    ResumeRequest: MessageTypeDefinition<_nexum_ResumeRequest, _nexum_ResumeRequest__Output>
    ServerInfo: MessageTypeDefinition<_nexum_ServerInfo, _nexum_ServerInfo__Output>
    StartRequest: MessageTypeDefinition<_nexum_StartRequest, _nexum_StartRequest__Output>
    StartResponse: MessageTypeDefinition<_nexum_StartResponse, _nexum_StartResponse__Output>
    StatusRequest: MessageTypeDefinition<_nexum_StatusRequest, _nexum_StatusRequest__Output>
    StatusResponse: MessageTypeDefinition<_nexum_StatusResponse, _nexum_StatusResponse__Output>
    VersionInfo: MessageTypeDefinition<_nexum_VersionInfo, _nexum_VersionInfo__Output>
    WatchRequest: MessageTypeDefinition<_nexum_WatchRequest, _nexum_WatchRequest__Output>
    WorkAnswer: MessageTypeDefinition<_nexum_WorkAnswer, _nexum_WorkAnswer__Output>
    WorkHello: MessageTypeDefinition<_nexum_WorkHello, _nexum_WorkHello__Output>
    WorkRequest: MessageTypeDefinition<_nexum_WorkRequest, _nexum_WorkRequest__Output>
    WorkResponse: MessageTypeDefinition<_nexum_WorkResponse, _nexum_WorkResponse__Output>
    WorkflowIR: MessageTypeDefinition<_nexum_WorkflowIR, _nexum_WorkflowIR__Output>
  }
}

