import type { AssistantView } from '../adapters/http/api-parts.ts';
import type { Clock } from '../core/clock.ts';
import type { Config } from './config/config.ts';
import type { ConfigSource } from './config/config-source.ts';

/** The assistants of the configuration in force, as programs see them; made anew when it has changed. */
export function assistantViews(
  config: Pick<ConfigSource, 'current'>,
  clock: Clock,
): () => readonly AssistantView[] {
  let seen: Config | null = null;
  let views: readonly AssistantView[] = [];

  function read(): readonly AssistantView[] {
    const current = config.current();
    if (current === seen) return views;
    const readAt = clock.now();
    seen = current;
    views = Array.from(current.assistants.values(), ({ name, description }) => ({
      id: name,
      description,
      readAt,
    }));
    return views;
  }

  // Now, and not when somebody asks first: the time is told.
  read();
  return read;
}
