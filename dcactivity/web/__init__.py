"""The web: archives fetched whole, and what a list's pages say of its openness.

One client speaks to the web (`dcactivity.web.client`), politely and only with public
addresses. `dcactivity.web.fetching` brings archives, `dcactivity.web.probing` looks at pages,
`dcactivity.web.guides` says what to do where neither helps. Nothing else in dcactivity needs
the net.
"""
