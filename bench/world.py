"""What is measured on: a district with issues and residents who hold tokens and sessions. Prints them as JSON.

python -m bench.world ISSUES VOTERS     builds it
python -m bench.world grow ISSUES       adds issues until there are so many (bench/bulk.py)
"""

import json
import secrets
import sys
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from bench.bulk import grow
from gongzhi.domains.issues.actions import import_issue
from gongzhi.domains.issues.actions.catalogue import install_categories
from gongzhi.domains.issues.models import Category
from gongzhi.domains.people import actions as people
from gongzhi.domains.people.rules import Contact
from gongzhi.domains.places.actions import load_district
from gongzhi.kernel import clock, db
from gongzhi.kernel.policy import SYSTEM
from gongzhi.web.app import create_app


def build(issues: int, voters: int) -> dict:
    """Make them through the rooms' own actions."""
    with db.write() as session:
        top = load_district(session, "500103")
        install_categories(session, SYSTEM, top.district_id)
    actor = replace(SYSTEM, district_id=top.district_id)
    made, tokens = [], []
    with db.write() as session:
        category = session.scalars(
            select(Category).where(Category.is_public.is_(True), Category.parent_id.is_(None))
        ).first()
        for number in range(issues):
            issue = import_issue(
                session,
                actor,
                import_key=f"bench:{number}",
                category_id=category.id,
                place_id=top.id,
                title=f"第{number}处路灯不亮,晚上看不清台阶",
                body="楼道口的路灯坏了一个多月,老人孩子晚上走路都怕摔倒,希望尽快修好。" * 4,
                published_at=clock.now() - timedelta(minutes=number),
            )
            made.append(issue.id)
    cookies = []
    with db.write() as session:
        for number in range(voters):
            wanted = people.Registration(Contact("email", f"bench{number}@mail.gongzhi"), f"居民{number}", "!")
            account = people.add_account(session, wanted, district_id=top.district_id, level=2)
            tokens.append(people.open_session(session, account, kind="token")[0])
            cookies.append(people.open_session(session, account, kind="browser")[0])
    return {"issues": made, "tokens": tokens, "cookies": cookies, "category": category.id, "place": top.id}


def cookie(app, token: str | None) -> str:
    """What a browser sends: of somebody signed in, or of a visitor on a second look."""
    kept = {"csrf_token": secrets.token_hex(20), **({"_user_id": token} if token else {})}
    signer = app.session_interface.get_signing_serializer(app)
    return f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps(kept)}"


if __name__ == "__main__":
    app = create_app()
    with app.app_context():
        if sys.argv[1] == "grow":
            world = {"spread": grow(int(sys.argv[2]))}
        else:
            world = build(int(sys.argv[1]), int(sys.argv[2]))
            world["cookies"] = [cookie(app, token) for token in world["cookies"]]
            world["visitors"] = [cookie(app, None) for _ in range(16)]
            app.extensions["relay"].drain()
    print(json.dumps(world))
