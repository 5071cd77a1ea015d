import { expect, it } from 'vitest';
import { withSection } from './output.ts';

it('a section takes the place of the one with its heading and leaves the others as they are', () => {
  const page = '# Measurements\n\nold\n\n## A fleet on SQLite\n\nfleet\n';

  expect(withSection(page, { heading: '# Measurements', text: '# Measurements\n\nnew\n' })).toBe(
    '# Measurements\n\nnew\n\n## A fleet on SQLite\n\nfleet\n',
  );
  expect(withSection(page, { heading: '## A fleet', text: '## A fleet\n\nmore\n' })).toBe(`${page}\n## A fleet\n\nmore\n`);
  expect(withSection('', { heading: '# M', text: '# M\n' })).toBe('# M\n');
});
