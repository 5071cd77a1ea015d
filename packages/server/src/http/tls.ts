/** What the server speaks over TLS, with every certificate that it serves. */
import { constants } from 'node:crypto';

/**
 * Mozilla's "intermediate" suites (wiki.mozilla.org/Security/Server_Side_TLS), AES-128 first: as strong as is needed, and a
 * quarter faster than AES-256 where images are downloaded by the hundred.
 */
const cipherSuites = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
];

export const tlsOptions = {
  minVersion: 'TLSv1.2',
  ciphers: cipherSuites.join(':'),
  honorCipherOrder: true,
  // A client that names ChaCha20 first has no AES instructions.
  secureOptions: constants.SSL_OP_PRIORITIZE_CHACHA,
} as const;
