/** Answers that are none, and that another attempt with the same request would hardly mend. */
import { nexumError, type NexumError } from '../../errors.js';
import type { Endpoint } from './model-choice.js';

/** Half an answer is no answer, and half a call must not run. */
export function cutOff({ id }: Endpoint, inCall: boolean): NexumError {
  const where = inCall ? 'in the middle of a tool call' : 'in the middle of its text';
  return nexumError('MODEL_CUT_OFF', `${id}: the answer ended at the model's limit of output, ${where}`, { model: id });
}

export function filtered({ id }: Endpoint): NexumError {
  return nexumError('MODEL_REFUSED', `${id}: the content filter of the provider stopped the answer`, { model: id });
}

/** Only where JSON is asked for: otherwise the words of a refusal are the answer. */
export function refused({ id }: Endpoint, refusal: string): NexumError {
  return nexumError('MODEL_REFUSED', `${id}: the model refused: ${refusal}`, { model: id });
}
