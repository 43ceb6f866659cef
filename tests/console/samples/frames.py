from console.parts import Frame, NavGroup, NavItem, Viewer

ALDOUS = Viewer("M. Aldous", "Reviewer, second approver", "CET (UTC+1)")
ADNANTARA = Viewer("H. Adnantara", "Examiner, read only", "CET (UTC+1)")
IYARAT = Viewer("S. Iyarat", "Applicant", "MYT (UTC+8)", organisation="Kelipan Labs")


def operator(current: str) -> Frame:
    def item(text: str, url: str, count: int | None = None) -> NavItem:
        return NavItem(text, url, count, current == url)

    return Frame(
        provider="Northquay",
        viewer=ALDOUS,
        groups=(
            NavGroup("", (item("Home", "/"),)),
            NavGroup(
                "Decide",
                (
                    item("Alerts", "/alerts/", 14),
                    item("Applications", "/applications/", 6),
                    item("Requests", "/requests/", 5),
                ),
            ),
            NavGroup("Know", (item("Tenants", "/tenants/", 412), item("Lists", "/lists/", 10))),
            NavGroup("Run", (item("Grants", "/grants/", 388),)),
            NavGroup("Prove", (item("Log", "/log/"), item("Exports", "/exports/"))),
        ),
        search_url="/search/",
        search_placeholder="Tenant, party, grant, event",
        places=(
            NavItem("Home", "/", None, current == "/"),
            NavItem("Decide", "/alerts/", 25, current in ("/alerts/", "/applications/", "/requests/")),
            NavItem("Tenants", "/tenants/", None, current in ("/tenants/", "/lists/")),
            NavItem("Run", "/grants/", None, current == "/grants/"),
        ),
    )


def regulator(current: str) -> Frame:
    def item(text: str, url: str, count: int | None = None) -> NavItem:
        return NavItem(text, url, count, current == url)

    return Frame(
        provider="Northquay",
        viewer=ADNANTARA,
        home_url="/oversight/",
        groups=(
            NavGroup("", (item("Overview", "/oversight/"),)),
            NavGroup(
                "Look",
                (item("Search", "/oversight/search/"), item("Tenants in scope", "/oversight/tenants/", 38)),
            ),
            NavGroup(
                "Prove",
                (
                    item("Checkpoints", "/oversight/checkpoints/"),
                    item("Exports", "/oversight/exports/", 4),
                    item("Verify a bundle", "/oversight/verify/"),
                ),
            ),
            NavGroup("Ask", (item("What you opened", "/oversight/opened/"),)),
        ),
        search_url="/oversight/search/",
        search_placeholder="Search within your scope",
        places=(
            NavItem("Overview", "/oversight/", None, current == "/oversight/"),
            NavItem("Tenants", "/oversight/tenants/", None, current == "/oversight/tenants/"),
            NavItem("Exports", "/oversight/exports/", None, current == "/oversight/exports/"),
            NavItem("Verify", "/oversight/verify/", None, current == "/oversight/verify/"),
        ),
    )


PORTAL = Frame(provider="Northquay", viewer=IYARAT, home_url="/portal/")
OUTSIDE = Frame(provider="Northquay", viewer=None, host="lockgate.northquay.example", version="0.1.0")
