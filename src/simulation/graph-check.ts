/** Checks what a test says of a free graph against its pipeline. */
import type { Workflow } from '../core/workflow.js';
import type { YamlPath } from '../pipeline/issue.js';
import { USER } from '../core/thread.js';
import type { FixtureTest } from './fixture.js';
import type { ThreadExpectation } from './graph-expectation.js';

/** Reports with places. */
interface Reporter {
  /** That a name, with its iteration or without, fits the pipeline. */
  named(text: string, workflow: Workflow, path: YamlPath, at?: 'key'): void;
  unfit(path: YamlPath, message: string, fix?: string): void;
}

export function checkGraphExpectation(report: Reporter, { expect, resumes }: FixtureTest, workflow: Workflow): void {
  const { path, stopReason, stoppedBy, unsatisfied, messages } = expect.graph;
  if (!workflow.graph) {
    const graphOnly = (place: YamlPath): void =>
      report.unfit(place, `the pipeline ${workflow.workflowId} has no \`graph\``, 'Remove it.');
    if (stopReason !== undefined) graphOnly([...path, 'stop_reason']);
    if (stoppedBy !== undefined) graphOnly([...path, 'stopped_by']);
    if (unsatisfied) graphOnly([...path, 'unsatisfied']);
    if (messages) graphOnly(messages.path);
    for (const each of expect.nodes.values()) if (each.messages) graphOnly(each.messages.path);
    for (const resume of resumes) if (resume.message !== undefined) graphOnly([...resume.path, 'message']);
    return;
  }
  if (stoppedBy !== undefined) report.named(stoppedBy, workflow, [...path, 'stopped_by']);
  for (const join of unsatisfied ?? []) report.named(join.node, workflow, join.path);
  const thread = (said: ThreadExpectation | undefined): void => {
    for (const message of said?.messages ?? [])
      if (message.source !== USER) report.named(message.source, workflow, message.path, 'key');
  };
  thread(messages);
  for (const each of expect.nodes.values()) thread(each.messages);
}
