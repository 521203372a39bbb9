/** One frame of a stream: what the server said, when, and under which id a reader would resume after it. */
export type ServerSentEvent = { id: string; event: string; data: unknown };

/** The frames of an answer as they arrive, without its comments. */
export async function* readEvents(response: Response): AsyncGenerator<ServerSentEvent> {
  let rest = '';
  const texts = response.body?.pipeThrough(new TextDecoderStream()) ?? [];
  for await (const text of texts) {
    const frames = `${rest}${text}`.split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const event = fieldOf(frame, 'event');
      if (event !== '') yield { id: fieldOf(frame, 'id'), event, data: JSON.parse(fieldOf(frame, 'data')) };
    }
  }
}

function fieldOf(frame: string, name: string): string {
  const line = frame.split('\n').find((each) => each.startsWith(`${name}: `));
  return line?.slice(name.length + 2) ?? '';
}
