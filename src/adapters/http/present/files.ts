import type { ThreadFile } from '../../../core/files/thread-file.ts';
import type { ThreadStateView } from './state.ts';

/** The state with the files that the thread's tools search, as they are now; as it is where there are none. */
export function withFiles(state: ThreadStateView, files: readonly ThreadFile[]): ThreadStateView {
  const kept = files.filter(({ status }) => status !== 'removed');
  if (kept.length === 0) return state;
  const tools = { file_search: { files: kept.map(presentFile) } };
  return { ...state, metadata: { ...state.metadata, tool_resources: tools } };
}

function presentFile({ id, name, mediaType, sizeBytes, status, problem, messageIds, createdAt }: ThreadFile) {
  return {
    id,
    name,
    media_type: mediaType,
    size_bytes: sizeBytes,
    status,
    problem,
    message_ids: messageIds,
    created_at: createdAt.toISOString(),
  };
}
