/** Names of agents and groups become names that the pipeline language takes, each its own. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GroupNames, isValidName, NodeNames } from '../../../src/pipeline/autogen/node-names.js';

describe('names of nodes', () => {
  it.each([
    ['writer', 'writer'],
    ['user', 'user_agent'],
    ['économiste', 'economiste'],
    ['數據', 'agent'],
    ['2nd', '_2nd'],
    ['two words', 'two_words'],
    ['__proto__', 'proto'],
    ['constructor', 'constructor_agent'],
    ['a'.repeat(70), 'a'.repeat(56)],
  ])('%s becomes %s', (written, name) => {
    expect(new NodeNames([written]).of(written)).toBe(name);
  });

  it('keep names that are valid, and number what would be the same', () => {
    const names = new NodeNames(['a b', 'a_b', 'a?b', 'user', 'user_agent']);
    expect(names.changed()).toEqual([
      ['a b', 'a_b_2'],
      ['a?b', 'a_b_3'],
      ['user', 'user_agent_2'],
    ]);
    expect(names.of('a_b')).toBe('a_b');
  });

  it('are valid and different, whatever was written', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'grapheme', maxLength: 20 }), { maxLength: 12 }), (written) => {
        const names = new NodeNames(written);
        const given = written.map((name) => names.of(name));
        expect(given.filter((name) => !isValidName(name) || name === 'user')).toEqual([]);
        expect(new Set(given).size).toBe(written.length);
      }),
    );
  });
});

describe('thousands of names', () => {
  it('that are none here get a number each', () => {
    const written = Array.from({ length: 20_000 }, (_, index) => String.fromCodePoint(0x4e00 + index));
    const names = new NodeNames(written);
    expect(names.of(written.at(-1) ?? '')).toBe('agent_20000');
  });
});

describe('names of groups', () => {
  it('are left out for the group of the target, and never taken for it', () => {
    const groups = new GroupNames('user', 'user_agent');
    expect([groups.of('user'), groups.of('')]).toEqual([undefined, undefined]);
    expect(groups.of('user_agent')).toBe('user_agent_2');
    expect([groups.of('loop back'), groups.of('loop_back'), groups.of('loop back')]).toEqual([
      'loop_back',
      'loop_back_2',
      'loop_back',
    ]);
  });
});
