import { readFileSync, statSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { SecureContextOptions, SecureVersion, TLSSocket } from 'node:tls';
import { report } from '../diagnostics';
import { errorMessage } from '../issues';
import { openSslCipher, type TlsConfig, type TlsCurve, type TlsVersion } from './tls-config';

const VERSIONS: Readonly<Record<TlsVersion, SecureVersion>> = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
};
const OPENSSL_CURVES: Readonly<Record<TlsCurve, string>> = {
  CurveP256: 'P-256',
  CurveP384: 'P-384',
  CurveP521: 'P-521',
  X25519: 'X25519',
};

/** The files are checked for changes when a client connects, but at most this often, in milliseconds. */
const CHECK_MILLIS = 1000;
/** How long a client may take for its handshake, in milliseconds. */
const HANDSHAKE_MILLIS = 5000;

/**
 * Returns an HTTPS server that uses new certificates when their files change. If they cannot be read any more, that is
 * reported and the certificates in use stay.
 *
 * @throws Error when the files cannot be read or used now
 */
export function createTlsServer(tls: TlsConfig, options: ServerOptions, listener: RequestListener): Server {
  const { clientAuthType = 'NoClientCert' } = tls;
  const files = [tls.certFile, tls.keyFile, tls.clientCaFile].filter((file) => file !== undefined);
  let loaded = versionsOf(files);
  let checked = Date.now();
  const server = createServer(
    {
      ...options,
      ...secureContext(tls),
      handshakeTimeout: HANDSHAKE_MILLIS,
      requestCert: clientAuthType !== 'NoClientCert',
      rejectUnauthorized: clientAuthType === 'RequireAndVerifyClientCert',
    },
    listener,
  );
  const reload = () => {
    if (Date.now() - checked < CHECK_MILLIS) return;
    checked = Date.now();
    try {
      const versions = versionsOf(files);
      if (versions === loaded) return;
      server.setSecureContext(secureContext(tls));
      loaded = versions;
    } catch (error) {
      report('tls', `cannot reload the TLS files: ${errorMessage(error)}; the certificates in use stay`);
    }
  };
  // Before the listener of the server itself, which begins the handshake.
  server.prependListener('connection', reload);
  server.on('secureConnection', (socket) => {
    if (!isAccepted(socket, tls)) socket.destroy();
  });
  return server;
}

function secureContext(tls: TlsConfig): SecureContextOptions {
  const ca = contentOf(tls.clientCa, tls.clientCaFile);
  return {
    cert: contentOf(tls.cert, tls.certFile),
    key: contentOf(tls.key, tls.keyFile),
    minVersion: VERSIONS[tls.minVersion ?? 'TLS12'],
    maxVersion: VERSIONS[tls.maxVersion ?? 'TLS13'],
    ...(ca && { ca }),
    ...(tls.cipherSuites && { ciphers: tls.cipherSuites.map(openSslCipher).join(':') }),
    ...(tls.curvePreferences && { ecdhCurve: tls.curvePreferences.map((curve) => OPENSSL_CURVES[curve]).join(':') }),
  };
}

function contentOf(inline: string | undefined, file: string | undefined): string | Buffer | undefined {
  return inline ?? (file === undefined ? undefined : readFileSync(file));
}

/** Applies the rules of Go's `tls.ClientAuthType` that Node.js has no option for. */
function isAccepted(socket: TLSSocket, { clientAuthType = 'NoClientCert', clientAllowedSans }: TlsConfig): boolean {
  const { subjectaltname, raw } = socket.getPeerCertificate() ?? {};
  const hasCertificate = raw !== undefined;
  if (clientAuthType === 'RequireAnyClientCert' && !hasCertificate) return false;
  if (clientAuthType === 'VerifyClientCertIfGiven' && hasCertificate && !socket.authorized) return false;
  if (clientAllowedSans === undefined || !hasCertificate) return true;
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
