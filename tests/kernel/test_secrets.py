import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongzhi.kernel import secrets
from gongzhi.kernel.secrets import Undecipherable

KEY, NEWER, OTHER = b"k" * 32, b"n" * 32, b"o" * 32
PHONE = "people.phone"
text = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=50)


@pytest.fixture(autouse=True)
def ring(monkeypatch):
    monkeypatch.setattr(secrets, "_ring", None)
    secrets.configure(KEY, hashing=secrets.CHEAP_HASHING)


def test_nothing_works_before_a_key_is_configured(monkeypatch):
    monkeypatch.setattr(secrets, "_ring", None)
    with pytest.raises(RuntimeError):
        secrets.encrypt("x", PHONE)
    with pytest.raises(ValueError, match="32 bytes"):
        secrets.configure(b"short")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text)
def test_what_was_encrypted_comes_back_and_never_looks_the_same(value):
    token = secrets.encrypt(value, PHONE)
    assert secrets.decrypt(token, PHONE) == value
    assert secrets.encrypt(value, PHONE) != token


def test_a_token_names_its_format_algorithm_and_key():
    version, algorithm, key_id, body = secrets.encrypt("x", PHONE).split(b".")
    assert (version, algorithm, len(key_id)) == (b"v1", b"a256gcm", 8)
    assert body


def test_a_value_moved_to_another_purpose_does_not_decrypt():
    with pytest.raises(Undecipherable):
        secrets.decrypt(secrets.encrypt("13800138000", PHONE), "people.identity")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_token_with_one_changed_byte_does_not_decrypt(data):
    token = bytearray(secrets.encrypt("13800138000", PHONE))
    place = data.draw(st.integers(0, len(token) - 1))
    token[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Undecipherable):
        secrets.decrypt(bytes(token), PHONE)


@pytest.mark.parametrize("junk", [b"", b"v1", b"v1.a256gcm.", b"v2.a256gcm.00000000.AAAA", b"\xff.\xff.\xff.\xff"])
def test_junk_does_not_decrypt(junk):
    with pytest.raises(Undecipherable):
        secrets.decrypt(junk, PHONE)


def test_keys_are_rotated_while_old_values_stay_readable():
    old = secrets.encrypt("13800138000", PHONE)
    old_index = secrets.blind_index(PHONE, "13800138000")
    secrets.configure(NEWER, [KEY], secrets.CHEAP_HASHING)
    new = secrets.rotate(old, PHONE)
    assert new.split(b".")[2] != old.split(b".")[2]
    assert secrets.rotate(new, PHONE) == new
    assert secrets.decrypt(old, PHONE) == secrets.decrypt(new, PHONE) == "13800138000"
    assert secrets.blind_indexes(PHONE, "13800138000") == (
        secrets.blind_index(PHONE, "13800138000"),
        old_index,
    )
    secrets.configure(OTHER, hashing=secrets.CHEAP_HASHING)
    with pytest.raises(Undecipherable):
        secrets.decrypt(new, PHONE)


def test_a_blind_index_ignores_space_and_case_but_not_the_purpose():
    assert secrets.blind_index("email", " Chen@X.cn ") == secrets.blind_index("email", "chen@x.cn")
    assert secrets.blind_index("email", "a-b@x.cn") != secrets.blind_index("email", "ab@x.cn")
    assert secrets.blind_index("email", "1") != secrets.blind_index(PHONE, "1")


def test_passwords_are_verified_and_old_hashes_noticed():
    hashed = secrets.hash_password("山城①号 pass")
    assert hashed.startswith("$argon2id$")
    assert secrets.verify_password(hashed, "山城1号 pass")
    assert not secrets.verify_password(hashed, "山城2号 pass")
    assert not secrets.verify_password("not a hash", "山城1号 pass")
    assert not secrets.verify_password(None, "山城1号 pass")
    assert not secrets.needs_rehash(hashed)
    secrets.configure(KEY)
    assert secrets.needs_rehash(hashed)


def test_random_tokens_are_long_and_only_their_hash_is_kept():
    token = secrets.random_token()
    assert len(token) >= 43
    assert token != secrets.random_token()
    assert len(secrets.token_hash(token)) == 64
    assert secrets.token_hash("\ud800")


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("陈小溪", "陈*溪"),
        ("欧阳文山", "欧阳**"),
        ("欧阳锋", "欧阳*"),
        ("司马", "司*"),
        ("买买提·艾力", "买**"),
        ("𠀀三", "𠀀*"),
        ("陈小渝(示例)", "陈*渝"),
        ("John Smith", "J***"),
        ("王", "*"),
        ("", ""),
    ],
)
def test_names_are_masked_as_public_notices_do(name, masked):
    assert secrets.mask_name(name) == masked


def test_numbers_and_addresses_are_masked():
    assert secrets.mask_phone("13800131234") == secrets.mask_phone("+86 138-0013-1234") == "138****1234"
    assert secrets.mask_phone("63831234") == "****34"
    assert secrets.mask_phone("110") == "***"
    assert secrets.mask_identity("50010319900101123X") == "5001**********123X"
    assert secrets.mask_identity("1234567") == "*******"
    assert secrets.mask_email("eve@x.cn") == "e***@x.cn"
    assert secrets.mask_email("eve") == "***"
    assert secrets.mask_bank_account("6222 0212 3456 1234") == "6222 **** **** 1234"
    assert secrets.mask_bank_account("1234") == "****"


@given(text)
def test_masks_never_show_a_whole_value(value):
    for mask in (secrets.mask_name, secrets.mask_phone, secrets.mask_identity, secrets.mask_bank_account):
        masked = mask(value)
        assert masked == "" or "*" in masked


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("11010519491231002X", True),
        (" 11010519491231002x ", True),
        ("440524188001010014", True),
        ("110105194912310021", False),
        ("110105194913310025", False),
        ("00010519491231002X", False),
        ("990105194912310028", False),
        ("11010519491231002", False),
        ("１１０１０５１９４９１２３１００２Ｘ", False),
        ("", False),
    ],
)
def test_identity_numbers_are_checked(number, valid):
    assert secrets.check_identity(number) is valid


def test_nobody_is_born_tomorrow():
    with time_machine.travel("1949-12-30T04:00:00+00:00", tick=False):
        assert not secrets.check_identity("11010519491231002X")
    with time_machine.travel("1949-12-30T16:30:00+00:00", tick=False):
        assert secrets.check_identity("11010519491231002X")


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(place, step):
    number = "440524188001010014"
    wrong = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    assert not secrets.check_identity(wrong)
