import { IssueError } from '../issues';

/** A registry, its objectives or its dashboard cannot be used. Lists every issue with file, line and column. */
export class RegistryError extends IssueError {
  override readonly name = 'RegistryError';
}
