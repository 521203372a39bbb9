import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Workspace } from './state.ts';

/** Serves `url_private` and `url_private_download`. Without the team's bearer token Slack redirects to a sign-in page. */
export function serveFile(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  workspaces: readonly Workspace[],
): void {
  const [, teamId, fileId] = /^\/files-pri\/([A-Z0-9]+)-([A-Z0-9]+)\//.exec(url.pathname) ?? [];
  const workspace = workspaces.find((candidate) => candidate.id === teamId);
  const file = workspace?.files.get(fileId ?? '');
  if (workspace === undefined || file === undefined) {
    response.writeHead(404).end();
    return;
  }
  const allowed = workspace.tokenState === 'active' && workspace.scopes.has('files:read');
  if (!allowed || request.headers.authorization !== `Bearer ${workspace.botToken}`) {
    response.writeHead(302, { location: `/?redir=${encodeURIComponent(url.pathname)}` }).end();
    return;
  }
  response
    .writeHead(200, { 'content-type': file.mimetype, 'content-length': file.content.length })
    .end(file.content);
}
