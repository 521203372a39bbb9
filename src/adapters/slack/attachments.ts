import { ThreadrelayError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { AttachmentFetcher, Fetched, GuardedFetch } from '../../core/ports.ts';
import { stringOf } from './json.ts';
import { createWebClient } from './web-client.ts';
import { outcomeOfError } from './write-outcome.ts';

export type SlackAttachmentParts = {
  token: string;
  apiUrl: string;
  fetch: GuardedFetch;
  logger: Logger;
};

/** Where Slack serves what people upload, by where its Web API is. */
const FILE_HOSTS: Readonly<Record<string, string>> = {
  'slack.com': 'files.slack.com',
  'slack-gov.com': 'files.slack-gov.com',
};

/**
 * Fetches files of Slack. The bot's token goes to Slack's file host alone (a Web API elsewhere serves its files itself), and
 * nothing is fetched from any other: what people only link to is not Slack's.
 */
export function createSlackAttachments(parts: SlackAttachmentParts): AttachmentFetcher {
  const { host } = new URL(parts.apiUrl);
  const fileHost = FILE_HOSTS[host] ?? host;
  const credentials = { header: 'authorization', value: `Bearer ${parts.token}`, hosts: [fileHost] };

  /** Files of other organisations come without an address; asking for them gives it. */
  async function addressOf(id: string): Promise<string | null> {
    const client = createWebClient(parts.token, { ...parts, fetch: globalThis.fetch });
    try {
      const { file } = await client.files.info({ file: id });
      return stringOf(file?.url_private_download) ?? stringOf(file?.url_private) ?? null;
    } catch (thrown) {
      const outcome = outcomeOfError(thrown, 'repeatable');
      throw outcome.kind === 'rejected'
        ? refused(outcome.sentence)
        : new ThreadrelayError('platform_unreachable', outcome.sentence, { retryable: true, cause: thrown });
    }
  }

  return {
    async fetch({ attachment }, signal) {
      const url = URL.parse(attachment.url ?? (await addressOf(attachment.id)) ?? '');
      if (url?.host !== fileHost) {
        throw refused('it is kept outside Slack. Upload the file itself.');
      }
      const fetched = await parts.fetch({ url: url.href, credentials, signal });
      return bodyOf(fetched, attachment.mediaType);
    },
  };
}

function bodyOf({ status, url, headers, body }: Fetched, mediaType: string | null): Uint8Array {
  if (status >= 500 || status === 429) {
    throw new ThreadrelayError('platform_unreachable', `Slack failed with status ${status}.`, {
      retryable: true,
    });
  }
  if (status === 401 || status === 403 || isSignIn(url, headers, mediaType)) {
    throw refused('Slack does not let me read it. The app needs the scope files:read.');
  }
  if (status !== 200) throw refused('it is not there any more.');
  return body;
}

/** Without permission Slack answers with its page to sign in. */
function isSignIn(url: string, headers: Fetched['headers'], mediaType: string | null): boolean {
  if (new URL(url).searchParams.has('redir')) return true;
  const isPage = headers.get('content-type')?.startsWith('text/html') === true;
  return isPage && !headers.has('content-disposition') && mediaType !== 'text/html';
}

function refused(sentence: string): ThreadrelayError {
  return new ThreadrelayError('platform_refused', sentence);
}
