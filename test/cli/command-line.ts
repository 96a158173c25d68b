import { join } from 'node:path';
import { ROOT, run } from '../servers/processes';

/** Runs the built command line in a folder. */
export async function meterbridge(
  folder: string,
  ...args: string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = run(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], { cwd: folder });
  const { code } = await child.ended;
  return { code, stdout: child.stdout(), stderr: child.stderr() };
}
