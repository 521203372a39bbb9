import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

/** The bar asks for the address of another document, which is not to be seen from here, under another product's logo. */
const WITHOUT_TOP_BAR = '.swagger-ui .topbar { display: none; }';

/** Scripts and styles are the package's own, so that the page works without the internet. */
const CONTENT_POLICY = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'", 'data:'],
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

/** `/openapi.json`, and the same to read and try at `/docs`. */
export async function docsRoutes(scope: FastifyInstance): Promise<void> {
  scope.get('/openapi.json', { schema: { hide: true } }, async () => scope.swagger());
  await scope.register(swaggerUi, {
    routePrefix: '/docs',
    // The page's copy of the document lies one level deeper, and servers are relative to it.
    transformSpecification: (document) => ({ ...document, servers: [{ url: '../' }] }),
    transformSpecificationClone: false,
    staticCSP: CONTENT_POLICY,
    theme: { title: 'threadrelay API', css: [{ filename: 'own.css', content: WITHOUT_TOP_BAR }] },
    uiConfig: {
      // Makes `/docs#Threads` open and show that section.
      deepLinking: true,
      docExpansion: 'list',
      displayRequestDuration: true,
      persistAuthorization: true,
      tryItOutEnabled: true,
    },
  });
}
