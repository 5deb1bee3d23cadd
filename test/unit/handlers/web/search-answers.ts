/** What the search engines answer, written after the shape of real answers. */
export const DUCKDUCKGO = `<!DOCTYPE html><html><body><div id="links" class="results">
<div class="result results_links results_links_deep result--ad"><div class="links_main links_deep result__body">
  <h2 class="result__title"><a rel="nofollow" class="result__a" href="https://duckduckgo.com/y.js?ad_domain=shop.example&amp;u3=x">Buy leases</a></h2>
  <a class="result__snippet" href="x">An advertisement</a></div></div>
<div class="result results_links results_links_deep web-result "><div class="links_main links_deep result__body">
  <h2 class="result__title"><a rel="nofollow" class="result__a" href="//duckduckgo.com/l/?uddg=https%3A%2F%2Fen.example.org%2Flease%3Fa%3D1%26b%3D2&amp;rut=0a1b">Lease &amp; <b>fence</b></a></h2>
  <a class="result__url" href="x">en.example.org/lease</a>
  <a class="result__snippet" href="x">A <b>lease</b> is a
    time-bounded claim.</a></div></div>
<div class="result results_links web-result"><h2 class="result__title"><a class="result__a" href="https://direct.example/">Direct</a></h2></div>
<div class="result web-result"><h2 class="result__title"><a class="result__a" href="javascript:alert(1)">No link</a></h2></div>
<div class="result result--no-result"><div class="no-results">No more results.</div></div>
</div></body></html>`;

export const DUCKDUCKGO_CHALLENGE = `<!DOCTYPE html><html><body><form id="challenge-form" action="//duckduckgo.com/anomaly.js">
<div class="anomaly-modal__title">Unfortunately, bots use DuckDuckGo too.</div></form></body></html>`;

export const SEARXNG = {
  query: 'lease',
  number_of_results: 0,
  results: [
    { url: 'https://a.example/', title: 'A', content: 'first', engine: 'bing', score: 2.1, category: 'general' },
    { url: 'https://b.example/', title: 'B', content: null, engine: 'mojeek' },
    { title: 'without an address' },
  ],
  answers: [],
  unresponsive_engines: [['google', 'timeout']],
};

export const BRAVE = {
  type: 'search',
  query: { original: 'lease' },
  web: {
    type: 'search',
    results: [
      {
        title: 'A &amp; B',
        url: 'https://a.example/',
        description: 'a <strong>lease</strong> &quot;here&quot;',
        age: '1d',
      },
      { title: 'C', url: 'https://c.example/', description: 'c' },
    ],
  },
};

export const TAVILY = {
  query: 'lease',
  answer: null,
  images: [],
  results: [{ title: 'A', url: 'https://a.example/', content: 'long text', score: 0.98, raw_content: null }],
  response_time: 1.2,
};

export const WIKIPEDIA = {
  batchcomplete: true,
  query: {
    pages: [
      { pageid: 7, ns: 0, title: 'Second', index: 2, extract: 'Two.', fullurl: 'https://en.wikipedia.org/wiki/Second' },
      {
        pageid: 9,
        ns: 0,
        title: 'First',
        index: 1,
        extract: 'One is\n\nfirst.',
        fullurl: 'https://en.wikipedia.org/wiki/First',
      },
    ],
  },
};
