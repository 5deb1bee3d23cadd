/**
 * How fast one provider may be asked: a window of 60 seconds that slides, and a queue before it.
 *
 * Owns who was let through in the last 60 seconds, and who waits. Nothing of it is stored: after a restart of the server
 * the window is empty.
 *
 * R1  In no 60 seconds more requests, or more tokens, are let through than the rate says. One request that needs more than
 *     a whole window goes when the window is empty: otherwise it would never go.
 * R2  First come, first served: whoever waits has a place, and everybody behind reckons with it.
 * R3  A place is kept for whoever asks again in time, and falls to the others when nobody does: its worker has died.
 */
import type { RateSpec } from '../core/ir.js';

const WINDOW_MS = 60_000;
/** How late somebody who waits may ask again. Shorter: a slow network costs the place; longer: the dead hold up others. */
const LATE_MS = 5_000;

interface Place {
  readonly permit: string;
  tokens: number;
  /** When it may go, or (`sent`) went. */
  atMs: number;
}

export class RateWindow {
  rate: RateSpec;
  /** By time, the oldest first. */
  #sent: Place[] = [];
  /** In the order in which they came. */
  #waiting: Place[] = [];

  constructor(rate: RateSpec) {
    this.rate = rate;
  }

  /** How long to wait before asking again, in milliseconds; 0: it may go now. Takes a place in the queue (R2). */
  ask(permit: string, tokens: number, nowMs: number): number {
    if (this.#sent.some((place) => place.permit === permit)) return 0;
    this.#forget(permit, nowMs);
    if (!this.#waiting.some((place) => place.permit === permit)) this.#waiting.push({ permit, tokens, atMs: nowMs });
    return Math.ceil(this.#plan(permit, nowMs) - nowMs);
  }

  /** It will ask again then: what else holds it up does not cost it its place (R3). */
  expect(permit: string, atMs: number): void {
    const place = this.#waiting.find((waiting) => waiting.permit === permit);
    if (place) place.atMs = atMs;
  }

  /** It goes now; `ask` has said that it may. */
  take(permit: string, nowMs: number): void {
    const place = this.#waiting.find((waiting) => waiting.permit === permit);
    if (!place) return;
    place.atMs = nowMs;
    this.#waiting = this.#waiting.filter((waiting) => waiting !== place);
    this.#sent.push(place);
  }

  /** The call has been made, and took so many tokens. */
  settle(permit: string, tokens: number): void {
    const place = this.#sent.find((sent) => sent.permit === permit);
    if (place) place.tokens = tokens;
  }

  /** The call was not made. */
  giveBack(permit: string): void {
    this.#sent = this.#sent.filter((place) => place.permit !== permit);
    this.#waiting = this.#waiting.filter((place) => place.permit !== permit);
  }

  /** What has left the window, and (R3) who has not asked again; not the one who is asking. */
  #forget(permit: string, nowMs: number): void {
    this.#sent = this.#sent.filter(({ atMs }) => atMs > nowMs - WINDOW_MS);
    this.#waiting = this.#waiting.filter((place) => place.permit === permit || place.atMs + LATE_MS >= nowMs);
  }

  /** When this one may go, if everybody before it goes as early as possible. */
  #plan(permit: string, nowMs: number): number {
    const { requestsPerMinute = Infinity, tokensPerMinute = Infinity } = this.rate;
    const gone: { readonly atMs: number; readonly tokens: number }[] = [...this.#sent];
    let inWindow = gone.reduce((sum, { tokens }) => sum + tokens, 0);
    let first = 0;
    let atMs = nowMs;
    for (const place of this.#waiting) {
      const needed = Math.min(place.tokens, tokensPerMinute);
      for (let oldest = gone[first]; oldest; oldest = gone[first]) {
        const leavesAtMs = oldest.atMs + WINDOW_MS;
        const isFull = gone.length - first >= requestsPerMinute || inWindow + needed > tokensPerMinute;
        if (!isFull && leavesAtMs > atMs) break;
        atMs = Math.max(atMs, leavesAtMs);
        inWindow -= oldest.tokens;
        first += 1;
      }
      if (place.permit === permit) {
        place.atMs = atMs;
        return atMs;
      }
      gone.push({ atMs, tokens: needed });
      inWindow += needed;
    }
    return atMs;
  }
}
