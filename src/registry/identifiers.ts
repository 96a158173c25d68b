/** Returns a name in pascal case: `worker_start` and `worker-start` become `WorkerStart`. */
export function pascalCase(name: string): string {
  return name
    .split(/[^a-zA-Z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

/** Returns a name in camel case: `worker_start` becomes `workerStart`. */
export function camelCase(name: string): string {
  const pascal = pascalCase(name);
  return pascal.charAt(0).toLowerCase() + pascal.slice(1);
}

/** Reports whether a name can be used unquoted as a property and as the name of a type. */
export function isIdentifier(name: string): boolean {
  return /^[a-zA-Z_$][\w$]*$/.test(name);
}
