import { setHttpRoute } from 'meterbridge';
import { defineNitroPlugin } from 'nitropack/runtime';

export default defineNitroPlugin((nitroApp) => {
  nitroApp.hooks.hook('request', (event) => setHttpRoute(event.node.req, () => event.context.matchedRoute?.path));
});
