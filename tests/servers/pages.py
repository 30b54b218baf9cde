"""Pages of the hosts that cannot be run in a test, after their real structure.

Names and wording that a probe rests on are the programs' own; everything else is ours.
"""

from __future__ import annotations

from tests.servers.loopback import Reply

_POLICIES = {
    "open": "",
    "confirm": (
        "You will be sent email requesting confirmation, to prevent others from gratuitously "
        "subscribing you."
    ),
    "approval": (
        "This is a closed list, which means your subscription will be held for approval.  You "
        "will be notified of the list moderator's decision by email."
    ),
    "both": (
        "You will be sent email requesting confirmation, to prevent others from gratuitously "
        "subscribing you.  Once confirmation is received, your request will be held for approval "
        "by the list moderator.  You will be notified of the moderator's decision by email."
    ),
}


def html(body: str, title: str = "", head: str = "", status: int = 200) -> Reply:
    text = (
        f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    )
    return Reply(text.encode(), status, "text/html; charset=utf-8", versioned=False)


def listinfo(policy: str, *, private: bool = False, name: str = "dc-example") -> Reply:
    """Mailman 2.1, ``listinfo.html``."""
    place = "mailman/private" if private else "pipermail"
    restricted = "(The current archive is only available to the list members.)" if private else ""
    return html(
        f"""<TABLE><TR><TD><B>About {name}</B></TD></TR><tr><td>
        <p> To see the collection of prior postings to the list, visit the
        <a href="/{place}/{name}/">{name} Archives</a>. {restricted}</p>
        </td></tr><TR><TD><B>Subscribing to {name}</B></TD></TR><tr><td><P>
        Subscribe to {name} by filling out the following form. {_POLICIES[policy]}
        <FORM Method=POST ACTION="../subscribe/{name}">
        <INPUT type="Text" name="email"><INPUT type="Text" name="fullname">
        <INPUT type="Password" name="pw"><INPUT type="Password" name="pw-conf">
        <INPUT type="Submit" name="email-button" value="Subscribe"></FORM>
        <FORM Method=POST ACTION="../roster/{name}"><INPUT type="Text" name="roster-email">
        <INPUT type="Password" name="roster-pw"></FORM>
        </td></tr></TABLE><address>Delivered by Mailman version 2.1.39</address>""",
        title=f"{name} Info Page",
    )


def private_archive(name: str = "dc-example") -> Reply:
    """Mailman 2.1, ``private.html``."""
    return html(
        f"""<FORM METHOD=POST ACTION="/mailman/private/{name}/" name="f">
        <B>{name} Private Archives Authentication</B>
        <INPUT TYPE="text" NAME="username"><INPUT TYPE="password" NAME="password">
        <INPUT type="SUBMIT" name="submit" value="Let me in..."></FORM>""",
        title=f"{name} Private Archives Authentication",
    )


def groups_io(button: str, *, messages: bool = True) -> Reply:
    """A group's home page on groups.io."""
    link = f'<a class="btn" href="/register?url=x">{button}</a>' if button else ""
    feed = '<a href="/g/dc-example/rss">RSS</a>' if messages else ""
    topics = (
        '<a href="/g/dc-example/topics">Topics</a> <a href="/g/dc-example/topic/hello/123">Hello'
        "</a> Mar 07, 2022"
        if messages
        else "Group archives are visible to members only."
    )
    return html(
        f"<h1>dc-example@groups.io</h1>{link}<h4>Group Information</h4>{feed}{topics}"
        '<a href="/login">Log In</a>',
        title="dc-example@groups.io",
    )


def google(state: str) -> Reply:
    """A group on Google Groups."""
    if state == "members":
        body = "<h1>Content unavailable</h1>You don&#39;t have permission to access this content"
        return html(body, title="Google Groups")
    button = {"join": "Join group", "ask": "Ask to join group", "none": ""}[state]
    return html(
        f'<a href="https://accounts.google.com/ServiceLogin">Sign in</a><button>{button}</button>'
        '<a href="/g/dc-example/c/AbC-d_e1">A conversation</a> Mar 7, 2022'
        '<script>var x = "Join group";</script>',
        title="dc-example - Google Groups",
    )


def sympa(*, subscribe: bool, archive: bool) -> Reply:
    """Sympa 6.2, a list's home."""
    menu = '<li><a href="/wws/info/dc-example">List Home</a></li>'
    if subscribe:
        menu += '<li><a href="/wws/subscribe/dc-example">Subscribe</a></li>'
    if archive:
        menu += '<li><a href="/wws/arc/dc-example">Archive</a></li>'
    return html(f"<menu>{menu}</menu><p>Powered by Sympa 6.2</p>", title="dc-example - info")


def sympa_archive(*months: str) -> Reply:
    """Sympa 6.2, the calendar above an archive; without months, the page before it."""
    if not months:
        return html(
            '<form method="post" action="/wws"><input type="hidden" name="not_a_sniffer">'
            '<input type="submit" name="action_arc" value="I am not a spammer"></form>'
            '<a href="/wws/info/dc-example">List Home</a> Powered by Sympa',
            title="dc-example - arc_protect",
        )
    links = "".join(
        f'<li><a href="/wws/arc/dc-example/{one}/">{one[5:]}</a></li>' for one in months
    )
    return html(
        f'<div id="ArcCalendar">{links}</div><a href="/wws/info/dc-example">Home</a>'
        "Powered by Sympa",
        title="dc-example - arc",
    )
