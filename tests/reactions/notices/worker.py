"""A worker process of its own, to be killed: hands over what waits in the database of the environment, once."""

from gongzhi.reactions.notices.sending import send_waiting
from gongzhi.web.app import create_app

if __name__ == "__main__":
    app = create_app()
    with app.app_context():
        send_waiting()
