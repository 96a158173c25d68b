import type { ValueType } from './value-types';

/** One setting: an option of `start()` and the variables that set it where code does not. */
export interface Setting<T> {
  readonly type: ValueType<NonNullable<T>>;
  /** In the order of their precedence. None if only code can give the value. */
  readonly variables?: readonly string[];
  /** The value if neither code nor the environment gives a valid one. A function if it depends on the environment. */
  readonly default?: T | ((env: NodeJS.ProcessEnv) => T);
  /** The default as the documentation says it, if it is not the value itself. */
  readonly defaultText?: string;
  /** Where else the options can give the value, as a list of keys. */
  readonly alias?: readonly string[];
  /** Combines the values of code and environment. By default the value of code replaces that of the environment. */
  readonly combine?: (fromCode: T, fromEnvironment: T) => T;
  /** Whether the endpoint must reject every request if the value is invalid. A variable that is set but empty is invalid too. */
  readonly isSecurity?: true;
  /** What the setting does, in one or two sentences of Markdown. */
  readonly description: string;
}

type Row<T> = Omit<Setting<T>, 'type' | 'default' | 'combine'> & { readonly type: ValueType<T> };

interface Default<T> {
  readonly default: T | ((env: NodeJS.ProcessEnv) => T);
  readonly combine?: (fromCode: T, fromEnvironment: T) => T;
}

/** Types a row of the table: a setting without a default can be `undefined`. */
export function setting<T extends {}>(row: Row<T> & Default<NoInfer<T>>): Setting<T>;
export function setting<T extends {}>(row: Row<T>): Setting<T | undefined>;
export function setting(row: Setting<unknown>): Setting<unknown> {
  return row;
}
