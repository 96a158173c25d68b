import { describe, expect, it } from 'vitest';
import { WorkTimer } from '../../src/instruments';
import { Orchestrator } from '../../src/systems/orchestrator';
import { StreamProcessor } from '../../src/systems/stream-processor';
import { serve } from '../served';

describe('a timer of work', () => {
  it('a timer of work records once, with how the work ended', () => {
    const recorded: string[] = [];
    const timer = new WorkTimer<string>((_, ended) => recorded.push(ended), 'error');
    const seconds = timer.stop('success');
    expect(timer.stop('error')).toBe(seconds);
    timer[Symbol.dispose]();
    expect(recorded).toEqual(['success']);
  });

  it('a timer that is declared with using records an early return and an exception as errors', () => {
    const { provider } = serve({}, new StreamProcessor().catalog);
    const processor = new StreamProcessor(provider.getMeter('stream-processor'));
    const handle = (event: string) => {
      using timer = processor.startEventProcessing();
      if (event === 'old') return;
      if (event === 'broken') throw new Error('it failed');
      if (event === 'test') {
        timer.stop('filtered');
        return;
      }
      timer.stop('success');
    };
    handle('new');
    handle('old');
    handle('test');
    expect(() => handle('broken')).toThrow('it failed');
    const count = (result: 'success' | 'error' | 'filtered') => processor.instruments.eventsProcessed.get({ result });
    expect([count('success'), count('error'), count('filtered')]).toEqual([1, 2, 1]);
    expect(processor.instruments.eventProcessingDurationSeconds.get({ result: 'error' }).count).toBe(2);
  });

  it('the result of timed processing is chosen by what the work returns', async () => {
    const { provider } = serve({}, new StreamProcessor().catalog);
    const processor = new StreamProcessor(provider.getMeter('stream-processor'));
    expect(
      processor.timeEventProcessing(
        () => 3,
        (value) => (value > 2 ? 'dropped' : 'success'),
      ),
    ).toBe(3);
    expect(
      await processor.timeEventProcessing(
        async () => 'f',
        () => 'filtered',
      ),
    ).toBe('f');
    expect(processor.instruments.eventsProcessed.get({ result: 'dropped' })).toBe(1);
    expect(processor.instruments.eventsProcessed.get({ result: 'filtered' })).toBe(1);
  });
});

describe('an orchestrator whose metrics are disabled', () => {
  it('records nothing, and another orchestrator on the same SDK records', async () => {
    const { provider, page } = serve({}, new Orchestrator().catalog);
    const meter = provider.getMeter('orchestrator');
    const disabled = new Orchestrator(meter, { metricsEnabled: false });
    const enabled = new Orchestrator(meter);
    disabled.recordGenerationCreated('silent');
    expect(disabled.timeEventHandling('silent', 'users', () => 7)).toBe(7);
    disabled.removeWorker('silent', 'w1');
    enabled.recordGenerationCreated('heard');
    const text = await page();
    expect(text).toContain('pupsourcing_orchestrator_generations_total{replica_set="heard"} 1');
    expect(text).not.toContain('silent');
  });
});
