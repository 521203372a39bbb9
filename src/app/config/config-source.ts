import type { Config } from './config.ts';
import { type ConfigFileOptions, loadConfigFile } from './config-file.ts';
import { ConfigurationError } from './configuration-error.ts';

export interface ConfigSource {
  /** The configuration in force; take it anew for each decision, and keep one for the length of a decision. */
  current(): Config;
  /** Reads the file again. True when the new version is in force; a faulty one leaves the old one in force. */
  reload(): boolean;
}

export interface ConfigSourceOptions extends ConfigFileOptions {
  readonly onReload?: (config: Config) => void;
  readonly onFault?: (error: ConfigurationError) => void;
}

/**
 * Holds the configuration in force.
 * @throws ConfigurationError when the first version is faulty.
 */
export function createConfigSource({ onReload, onFault, ...file }: ConfigSourceOptions): ConfigSource {
  let config = loadConfigFile(file);
  return {
    current: () => config,
    reload: () => {
      try {
        config = loadConfigFile(file);
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        onFault?.(error);
        return false;
      }
      onReload?.(config);
      return true;
    },
  };
}
