/** Returns whether a value is a promise, or another object that `await` waits for. */
export function isThenable<T>(value: unknown): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | null | undefined)?.then === 'function';
}
