import type { ClientSession } from 'mongoose';
import type { Models } from './models.ts';

/** What is no reference to a message: a summary of them, or one that was cut. */
const WITHOUT_TEXT = {
  $cond: [
    { $eq: [{ $type: '$$message.id' }, 'missing'] },
    { role: '$$message.role', text: null },
    '$$message',
  ],
};

/**
 * Takes every text that may have been made of messages out of the records of a thread's runs, or of some of them; references
 * stay, and show what their messages say now.
 */
export async function blankRecords(
  models: Models,
  ofRuns: { threadId: string | { $in: string[] }; _id?: { $in: string[] } },
  session?: ClientSession,
): Promise<void> {
  const messages = { $map: { input: '$$step.messages', as: 'message', in: WITHOUT_TEXT } };
  const step = { $mergeObjects: ['$$step', { added: null, messages }] };
  await models.run_records.updateMany(
    { ...ofRuns, keepsText: true },
    [{ $set: { steps: { $map: { input: '$steps', as: 'step', in: step } }, keepsText: false } }],
    { updatePipeline: true, ...(session === undefined ? {} : { session }) },
  );
}
