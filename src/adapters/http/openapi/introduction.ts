import { ERROR_STATUS } from '../errors.ts';

const codes = Object.entries(ERROR_STATUS)
  .filter(([code, status]) => status !== 500 || code === 'internal')
  .sort(([, a], [, b]) => a - b)
  .map(([code, status]) => `| \`${code}\` | ${status} |`)
  .join('\n');

export const INTRODUCTION = `Threads that people hold in Slack and Discord, and threads of programs, over HTTP.

**Keys.** Send \`Authorization: Bearer KEY\` or \`x-api-key: KEY\`. A key belongs to one project and sees nothing of others.
Its scope is \`read\`, \`write\` or \`admin\`; each holds those before it.

**The SDK.** The official client \`@langchain/langgraph-sdk\` works with this address as its \`apiUrl\`.

**Paths** work with and without a trailing slash. Bodies are JSON in UTF-8 of at most 1 MiB.

**Idempotency.** With an \`Idempotency-Key\` a POST that creates something does so once: the same key and body get the
same answer for 24 hours, another body gets 409.

**Errors** are \`{"error": {"code", "message", "details"?}}\`; \`details.field\` names the field at fault.

| code | status |
| --- | --- |
${codes}
`;

/** The sections of the documentation, in their order. */
export const TAGS = [
  { name: 'Threads', description: 'Conversations: to list, find, make, tag and delete them.' },
  { name: 'State', description: 'What a thread holds now, what it held before, and how to change it.' },
  { name: 'Runs', description: 'An assistant answers on a thread.' },
  { name: 'Privacy', description: 'A person is erased from a project.' },
  {
    name: 'Stateless runs',
    description: 'An assistant answers on a thread that is made for this run alone.',
  },
  {
    name: 'Memories',
    description: 'What is remembered of people and teams, for those who ask to see or erase it.',
  },
  { name: 'Assistants', description: 'Who answers; they are written in the configuration.' },
  { name: 'Service', description: 'Whether it lives, and what it is. These need no key.' },
];
