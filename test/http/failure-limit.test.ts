import { describe, expect, it } from 'vitest';
import { FailureLimit, networkOf } from '../../src/http/failure-limit';
import { TokenBucket } from '../../src/http/token-bucket';

describe('TokenBucket', () => {
  it('allows a burst, then one event per interval', () => {
    const bucket = new TokenBucket(2, 100, 0);
    expect([bucket.take(0), bucket.take(0), bucket.take(99), bucket.take(100), bucket.take(101)]).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
    expect([bucket.take(10_000), bucket.take(10_000), bucket.take(10_000)]).toEqual([true, true, false]);
  });

  it('takes tokens back up to the burst', () => {
    const bucket = new TokenBucket(1, 1e9, 0);
    bucket.take(0);
    bucket.giveBack();
    bucket.giveBack();
    expect([bucket.take(0), bucket.take(0)]).toEqual([true, false]);
  });
});

describe('FailureLimit', () => {
  it('limits one address and leaves others alone', () => {
    const limit = new FailureLimit();
    const attempts = Array.from({ length: 20 }, () => limit.begin('192.0.2.1'));
    expect(attempts.filter(Boolean)).toHaveLength(10);
    expect(limit.begin('192.0.2.2')).toBe(true);
  });

  it('FailureLimit does not count attempts that succeed', () => {
    const limit = new FailureLimit();
    for (let i = 0; i < 100; i++) {
      expect(limit.begin('192.0.2.1')).toBe(true);
      limit.succeeded('192.0.2.1');
    }
  });

  it('forgets the addresses that were used least recently', () => {
    const limit = new FailureLimit();
    for (let i = 0; i < 10; i++) limit.begin('192.0.2.1');
    expect(limit.begin('192.0.2.1')).toBe(false);
    for (let i = 0; i < 1000; i++) limit.begin(`198.51.${i >> 8}.${i & 255}`);
    expect(limit.begin('192.0.2.1')).toBe(true);
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('networkOf of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
