import { printable } from '../issues';

/** Returns the message of an error, or a printable form of anything else that was thrown. Never throws. */
export function errorMessage(error: unknown): string {
  try {
    return error instanceof Error ? String(error.message) : printable(error);
  } catch {
    return 'an error without a message';
  }
}
