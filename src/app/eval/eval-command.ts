import { uuidv7 } from 'uuidv7';
import { systemClock } from '../../core/clock.ts';
import { didYouMean } from '../../core/routing/closest-name.ts';
import { ThreadrelayError } from '../../core/errors.ts';
import { silentLogger } from '../../core/logger.ts';
import type { Stores } from '../../store/index.ts';
import { assistant as assistantWorkflow } from '../../workflows/assistant/assistant.ts';
import { workflows } from '../../workflows/registry.ts';
import type { Assistant } from '../../workers/run/route-run.ts';
import { type AssistantServices, createAssistantServices } from '../assistant-services.ts';
import type { Config } from '../config/config.ts';
import { loadConfigFile } from '../config/config-file.ts';
import type { RawEnvironment } from '../config/environment.ts';
import type { Said } from '../keys/keys-commands.ts';
import { runRules } from '../rules.ts';
import { type EvalFile, readEvalFile } from './eval-file.ts';
import { asJson, asTable, hasFailed, type VersionResult } from './eval-report.ts';
import { modelOf } from './replay.ts';
import { type EvalParts, runEval } from './run-eval.ts';

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
  const [project = ''] = config.projects.keys();
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
    projectId: options.project ?? project,
    clock: systemClock,
    newId: uuidv7,
  };
  const results: VersionResult[] = [];
  for (const version of versions) {
    const services = createAssistantServices({ ...common, stores, variables, logger: silentLogger });
    try {
      results.push(await evaluateVersion({ ...version, named, evalFile: file, services, common }));
      parts.tell(`Played ${file.cases.length} cases to "${named}" of ${version.file}.`);
    } finally {
      await services.stop();
    }
  }
  const [inForce] = results;
  return {
    said: { answer: options.json ? asJson(named, results) : asTable(results), notices: [] },
    passed: inForce !== undefined && !hasFailed(inForce),
  };
}

async function evaluateVersion(version: {
  file: string;
  config: Config;
  named: string;
  evalFile: EvalFile;
  services: AssistantServices;
  common: Omit<EvalParts, 'judgeModel'>;
}): Promise<VersionResult> {
  const { file, config, named, evalFile, services, common } = version;
  const rules = runRules(config, services);
  const find = (name: string): Assistant => {
    const found = rules.assistant(name);
    if (found !== null) return found;
    const known = [...config.assistants.keys()];
    const hint = didYouMean(name, known) || ` It has ${known.join(', ')}.`;
    throw new ThreadrelayError('invalid_input', `There is no assistant "${name}" in ${file}.${hint}`);
  };
  const subject = find(named);
  const judgeModel = modelOf(evalFile.judge === undefined ? subject : find(evalFile.judge), common);
  const cases = await runEval(subject, evalFile.cases, { ...common, judgeModel });
  return { file, version: subject.version, cases };
}
