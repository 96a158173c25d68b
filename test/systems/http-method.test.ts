import { describe, expect, it } from 'vitest';
import { MethodLabel } from '../../src/systems/generated/ticker';
import { methodNormalizer } from '../../src/systems/http-method';

describe('methodNormalizer', () => {
  const normalize = methodNormalizer(MethodLabel);

  it('returns every listed method for both cases', () => {
    for (const method of Object.values(MethodLabel)) {
      expect(normalize(method)).toBe(method);
      expect(normalize(method.toLowerCase())).toBe(method);
    }
  });

  it.each(['BREW', 'Get', '', 'constructor', '__proto__'])('returns _OTHER for %j', (method) => {
    expect(normalize(method)).toBe('_OTHER');
  });
});
