import { uuidv7 } from 'uuidv7';
import { systemClock } from '../../core/clock.ts';
import { didYouMean } from '../../core/routing/closest-name.ts';
import { ThreadrelayError } from '../../core/errors.ts';
import { silentLogger } from '../../core/logger.ts';
import type { Stores } from '../../store/index.ts';
import { assistant as assistantWorkflow } from '../../workflows/assistant/assistant.ts';
import { workflows } from '../../workflows/registry.ts';
import type { Assistant, RunRules } from '../../workers/run/route-run.ts';
import { createAssistantServices } from '../assistant-services.ts';
import type { Config } from '../config/config.ts';
import { projectOf } from '../project-of.ts';
import { loadConfigFile } from '../config/config-file.ts';
import type { RawEnvironment } from '../config/environment.ts';
import type { Said } from '../keys/keys-commands.ts';
import { runRules } from '../rules.ts';
import { readEvalFile } from './eval-file.ts';
import { asJson, asTable, hasFailed, type VersionResult } from './eval-report.ts';
import { modelOf } from './replay.ts';
import { runEval } from './run-eval.ts';

export type EvalOptions = {
  file: string;
  assistant?: string;
  against?: string;
  project?: string;
  json: boolean;
};

type Parts = { stores: Stores; config: Config; variables: RawEnvironment; tell: (line: string) => void };

/** `threadrelay eval`. Answers also whether all checks of the configuration in force passed. @throws ThreadrelayError */
export async function evaluate(options: EvalOptions, parts: Parts): Promise<{ said: Said; passed: boolean }> {
  const file = readEvalFile(options.file);
  const { config, stores, variables } = parts;
  const named = options.assistant ?? file.assistant ?? [...config.assistants.keys()][0] ?? '';
  const versions: { file: string; config: Config }[] = [{ file: 'the configuration in force', config }];
  if (options.against !== undefined) {
    const path = options.against;
    versions.push({
      file: path,
      config: loadConfigFile({ path, isNamed: true, workflows: [...workflows.keys()] }),
    });
  }
  const common = {
    workflow: assistantWorkflow,
    messages: stores.messages,
    projectId: projectOf(config, options.project),
    clock: systemClock,
    newId: uuidv7,
  };
  const opened = versions.map((version) => {
    const services = createAssistantServices({ ...common, stores, variables, logger: silentLogger });
    return { ...version, services, rules: runRules(version.config, services) };
  });
  const results: VersionResult[] = [];
  try {
    const [first] = opened;
    if (first === undefined) throw new Error('there is always the configuration in force');
    // One judge for all versions, so that they are measured alike.
    const judgeModel = modelOf(assistantOf(first, file.judge ?? named), common);
    for (const version of opened) {
      const subject = assistantOf(version, named);
      const cases = await runEval(subject, file.cases, { ...common, judgeModel });
      results.push({ file: version.file, version: subject.version, cases });
      parts.tell(`Played ${file.cases.length} cases to "${named}" of ${version.file}.`);
    }
  } finally {
    for (const { services } of opened) await services.stop();
  }
  const [inForce] = results;
  return {
    said: { answer: options.json ? asJson(named, results) : asTable(results), notices: [] },
    passed: inForce !== undefined && !hasFailed(inForce),
  };
}

function assistantOf(
  { file, config, rules }: { file: string; config: Config; rules: Pick<RunRules, 'assistant'> },
  name: string,
): Assistant {
  const found = rules.assistant(name);
  if (found !== null) return found;
  const known = [...config.assistants.keys()];
  const hint = didYouMean(name, known) || ` It has ${known.join(', ')}.`;
  throw new ThreadrelayError('invalid_input', `There is no assistant "${name}" in ${file}.${hint}`);
}
