/** The name of this package, as `package.json` has it. A constant, because a bundle has no such file next to it. */
export const PACKAGE_NAME = 'meterbridge';

/** The version of this package, as `package.json` has it. */
export const PACKAGE_VERSION = '0.1.0';
