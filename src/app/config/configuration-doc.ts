import { ROUTE_FIELDS } from '../../core/routing/field-path.ts';
import { FIELD_OPERATORS } from '../../core/routing/value-test.ts';
import { configTables, environmentTable } from './reference-tables.ts';

/** The text of docs/configuration.md. */
export function configurationDoc(): string {
  const codes = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
  return `# Configuration

This page is generated from the schemas that check the configuration (\`src/app/config\`); a test keeps it in step.
Write it anew with \`node src/app/config/write-schema.ts\`.

Secrets and addresses come from the environment. All else lives in one file, \`threadrelay.yaml\`.

## Environment

Variables may also stand in a file \`.env\` in the working folder; what the environment sets already goes before it, also
when it is empty. An empty variable counts as unset. All faults are told at once, and never with a value.

${environmentTable()}

Slack is on when \`SLACK_BOT_TOKEN\` is set, and then needs \`SLACK_APP_TOKEN\` or \`SLACK_SIGNING_SECRET\`. Discord is on
when \`DISCORD_TOKEN\` is set.

## threadrelay.yaml

Without the file the service listens everywhere, answers mentions and direct messages, and echoes. A key that is not
known is a fault. All faults of a file are told at once, with line and column: first those of its shape, then names that
are declared nowhere and rules that cannot work.

\`SIGHUP\` reads the file again. Runs that have begun keep what they began with. A faulty new version leaves the old one in
force, and the log tells its faults.

For completion in an editor with YAML support, begin the file with

\`\`\`yaml
# yaml-language-server: $schema=./threadrelay.schema.json
\`\`\`

${configTables()}

## When the bot answers

1. The team's or guild's own entry counts, else the platform's.
2. A direct message is answered unless \`direct_messages\` is \`false\`.
3. A listed channel or forum follows its own \`answer\`, every other one the platform's. An id goes before a name. A thread
   follows the channel or forum that holds it.
4. \`mention\` answers messages that mention the bot, and every reply in a thread that it is part of. \`every_message\`
   answers each message and reply. \`never\` answers none, not even mentions.

Bots are never answered.

## Extract

A rule of \`extract\` looks at the first message of a thread only. What its named groups match becomes metadata, cut at 200
characters; the first rule that finds a key keeps it. Nothing else in a message's text changes metadata.

## Routes

Routes are tried in order, and the first whose \`when\` holds is taken. If none is, the run takes the rule \`default\`: the
workflow \`assistant\` with the channel's assistant. Every run stores which rule it took, which it did not, and why.

\`when\` is a predicate in MongoDB's query words. It may look at ${codes(ROUTE_FIELDS)}.

- Operators on a field: ${codes(FIELD_OPERATORS)}.
- Around conditions: \`$and\`, \`$or\`, \`$nor\`. Several fields in one map must all hold.
- A value that is a list meets a condition when one of its elements does, so \`thread.metadata.tags: billing\` asks for
  the tag.
- A field that is not set meets \`null\`, \`$ne\`, \`$nin\`, \`$not\` and \`$exists: false\`, and nothing else.
- \`$regex\` takes RE2 patterns, which run in linear time: no lookaround, no back references. \`$options\` are \`i\`, \`m\`
  and \`s\`.
- There is no \`$where\`, nor any other operator that runs code.

\`\`\`yaml
routes:
  - name: paying-customers
    when:
      thread.metadata.plan: { $in: [pro, enterprise] }
      $or:
        - message.text: { $regex: '\\burgent\\b', $options: i }
        - thread.metadata.priority: { $gte: 3 }
    to: { assistant: support, priority: urgent }
\`\`\`
`;
}
