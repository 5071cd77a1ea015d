import { expect, it } from 'vitest';
import { oneLine } from './client.ts';

const script = "#!/bin/sh\nset -eu\nsite='https://ostler.example:8443'\nfolder=/var/lib/ostler\n";

it('the line that installs the client fetches it from where other computers reach the site, not from localhost', () => {
  const line = oneLine('https://localhost:8443', script, 'a-token');

  expect(line).toContain(' https://ostler.example:8443/api/v1/client/install-script ');
  expect(line).toContain(' --token a-token;');
});
