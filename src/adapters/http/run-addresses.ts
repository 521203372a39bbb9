import type { RunRef } from '../../core/runs/run.ts';
import type { StreamMode } from '../../core/streaming/stream-mode.ts';

/** Where a run is, by which the SDK learns its ids. Without the prefix of a proxy: the SDK puts its own base before it. */
export function contentLocation({ threadId, runId }: RunRef): Record<string, string> {
  return { 'content-location': `/threads/${threadId}/runs/${runId}` };
}

/**
 * With these headers the SDK comes back by itself, with the id of its last frame, when its connection breaks. `modes` are
 * those that it must name then, as they are not kept with the run.
 */
export function streamHeaders(ref: RunRef, modes: readonly StreamMode[]): Record<string, string> {
  const query = [...new Set(modes)].map((mode) => `stream_mode=${mode}`).join('&');
  return {
    ...contentLocation(ref),
    location: `/threads/${ref.threadId}/runs/${ref.runId}/stream${query === '' ? '' : `?${query}`}`,
    'content-type': 'text/event-stream',
    // Proxies are not to gather what is to be seen at once.
    'x-accel-buffering': 'no',
  };
}
