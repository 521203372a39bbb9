import type { Place } from './find-canaries.ts';

/** What a service answers to whoever can reach its port. */
export async function httpPlaces(url: string): Promise<Place[]> {
  const forged = {
    method: 'POST',
    body: '{"type":"event_callback"}',
    headers: { 'x-slack-signature': 'v0=0' },
  };
  const asked: [string, RequestInit?][] = [
    ['/ok'],
    ['/ready'],
    ['/metrics'],
    ['/nothing'],
    ['/%zz'],
    ['/slack/events', forged],
  ];
  return Promise.all(
    asked.map(async ([path, init]) => {
      const response = await fetch(`${url}${path}`, init);
      return { where: path, text: `${JSON.stringify([...response.headers])} ${await response.text()}` };
    }),
  );
}
