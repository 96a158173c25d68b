import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIAGNOSTICS, recovered, report, resetDiagnostics, setDiagnosticLogger } from '../src/diagnostics';
import { listLogger, PrivateLogger } from './diagnostics';

describe('report', () => {
  let messages: string[];
  let restore: () => void;
  beforeEach(() => {
    messages = [];
    resetDiagnostics();
    restore = setDiagnosticLogger(listLogger(messages));
  });
  afterEach(() => restore());

  it('logs a cause once', () => {
    report('listen', 'cannot listen', 'port 1');
    report('listen', 'cannot listen again', 'port 1');
    report('listen', 'cannot listen', 'port 2');
    expect(messages).toEqual(['meterbridge listen: cannot listen', 'meterbridge listen: cannot listen']);
  });

  it('logs a cause again after it has recovered', () => {
    report('callback', 'the callback of a failed', 'a');
    recovered('callback', 'a');
    report('callback', 'the callback of a failed', 'a');
    expect(messages).toHaveLength(2);
  });

  it('logs a cause again after a reset', () => {
    report('value', 'ignored');
    resetDiagnostics();
    report('value', 'ignored');
    expect(messages).toHaveLength(2);
  });

  it('limits the causes of one code, says so once, and logs every other code', () => {
    for (let i = 0; i < 1100; i++) report('label', `unknown label ${i}`);
    expect(messages).toHaveLength(101);
    expect(messages[100]).toContain('more than 100 causes');
    messages.length = 0;
    for (const code of ['value', 'overflow', 'callback', 'port-in-use'] as const) report(code, 'it happened');
    expect(messages).toHaveLength(4);
  });

  it('uses the level of the code', () => {
    const levels: string[] = [];
    const keep = (level: string) => () => void levels.push(level);
    const logger: DiagLogger = {
      error: keep('error'),
      warn: keep('warn'),
      info: keep('info'),
      debug: keep('debug'),
      verbose: keep('verbose'),
    };
    restore = setDiagnosticLogger(logger);
    for (const code of Object.keys(DIAGNOSTICS)) report(code as keyof typeof DIAGNOSTICS, 'it happened');
    expect(levels).toEqual(Object.values(DIAGNOSTICS).map(({ level }) => level));
  });

  it('logs to the diag logger unless another one is set', () => {
    restore();
    const logged: string[] = [];
    diag.setLogger(listLogger(logged), { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true });
    report('value', 'ignored');
    diag.disable();
    expect(logged).toContain('meterbridge value: ignored');
  });

  it('keeps a logger that was set after the one that is taken back', () => {
    const later: string[] = [];
    const restoreLater = setDiagnosticLogger(listLogger(later));
    restore();
    report('value', 'ignored');
    restoreLater();
    expect(later).toEqual(['meterbridge value: ignored']);
  });

  it('survives a logger that throws, also one with private fields that is called without itself', () => {
    const logger = new PrivateLogger();
    logger.error = () => {
      throw new Error('disk full');
    };
    restore = setDiagnosticLogger(logger);
    expect(() => report('listen', 'cannot listen')).not.toThrow();
    report('value', 'ignored');
    expect(logger.logged).toEqual(['meterbridge value: ignored']);
  });
});
