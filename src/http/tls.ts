import { readFileSync, statSync } from 'node:fs';
import type { ServerOptions as HttpOptions, RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { SecureContextOptions, SecureVersion, TLSSocket } from 'node:tls';
import { report } from '../diagnostics';
import { openSslCipher, type TlsConfig, type TlsVersion } from './web-config';

const VERSIONS: Readonly<Record<TlsVersion, SecureVersion>> = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
};
const CURVES = { CurveP256: 'P-256', CurveP384: 'P-384', CurveP521: 'P-521', X25519: 'X25519' } as const;

/** How often files are looked at, at the most: they are when a client connects. */
const LOOK_MILLIS = 1000;

/**
 * An HTTPS server that takes new certificates when their files change. Files that cannot be read any more are reported, and
 * what was read before stays.
 *
 * @throws Error when the files cannot be read now
 */
export function createTlsServer(tls: TlsConfig, options: HttpOptions, listener: RequestListener): Server {
  const { clientAuthType = 'NoClientCert' } = tls;
  const files = [tls.certFile, tls.keyFile, ...(tls.clientCaFile === undefined ? [] : [tls.clientCaFile])];
  let seen = versionsOf(files);
  let looked = Date.now();
  const server = createServer(
    {
      ...options,
      ...secrets(tls),
      requestCert: clientAuthType !== 'NoClientCert',
      rejectUnauthorized: clientAuthType === 'RequireAndVerifyClientCert',
    },
    listener,
  );
  const renew = () => {
    if (Date.now() - looked < LOOK_MILLIS) return;
    looked = Date.now();
    try {
      const now = versionsOf(files);
      if (now === seen) return;
      server.setSecureContext(secrets(tls));
      seen = now;
    } catch (error) {
      report('listen', `the TLS files cannot be read again, the old ones stay: ${(error as Error).message}`);
    }
  };
  // Before the server's own listener, which begins the handshake.
  server.prependListener('connection', renew);
  server.on('secureConnection', (socket) => {
    if (!isAccepted(socket, tls)) socket.destroy();
  });
  return server;
}

function secrets(tls: TlsConfig): SecureContextOptions {
  return {
    cert: readFileSync(tls.certFile),
    key: readFileSync(tls.keyFile),
    minVersion: VERSIONS[tls.minVersion ?? 'TLS12'],
    ...(tls.clientCaFile === undefined ? {} : { ca: readFileSync(tls.clientCaFile) }),
    ...(tls.maxVersion === undefined ? {} : { maxVersion: VERSIONS[tls.maxVersion] }),
    ...(tls.cipherSuites === undefined ? {} : { ciphers: tls.cipherSuites.map(openSslCipher).join(':') }),
    ...(tls.curvePreferences === undefined
      ? {}
      : { ecdhCurve: tls.curvePreferences.map((curve) => CURVES[curve]).join(':') }),
  };
}

function isAccepted(socket: TLSSocket, { clientAuthType = 'NoClientCert', clientAllowedSans }: TlsConfig): boolean {
  const { subjectaltname, raw } = socket.getPeerCertificate() ?? {};
  const isGiven = raw !== undefined;
  if (clientAuthType === 'RequireAnyClientCert' && !isGiven) return false;
  if (clientAuthType === 'VerifyClientCertIfGiven' && isGiven && !socket.authorized) return false;
  if (clientAllowedSans === undefined || !isGiven) return true;
  const names = (subjectaltname ?? '').split(', ').map((name) => name.replace(/^[A-Za-z ]+:/, ''));
  return names.some((name) => clientAllowedSans.includes(name));
}

function versionsOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const { mtimeMs, size, ino } = statSync(file);
      return `${mtimeMs} ${size} ${ino}`;
    })
    .join('\n');
}
