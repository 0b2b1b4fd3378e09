"""The tree is that of RFC 6962: the published vectors, and the definition itself as the oracle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongzhi.reactions.ledger.merkle import (
    EMPTY,
    Frontier,
    consistency_spans,
    hashes_of,
    inclusion_spans,
    leaf_hash,
    node_hash,
    nodes_of,
    verify_consistency,
    verify_inclusion,
)

# Inputs, roots and paths of the reference tests of Certificate Transparency (merkle_tree_test).
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATHS = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 8): PATHS[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def grown(data):
    """The tree of these leaves and its stored subtrees, as the log keeps them."""
    tree, stored = Frontier(), {}
    for index, each in enumerate(data):
        stored[0, index] = leaf_hash(each)
        stored.update({(level, place): made for level, place, made in tree.append(leaf_hash(each))})
    return tree, stored


def mth(data):
    """The definition: MTH of RFC 6962, 2.1, word for word."""
    if not data:
        return EMPTY
    if len(data) == 1:
        return leaf_hash(data[0])
    middle = 1
    while middle * 2 < len(data):
        middle *= 2
    return node_hash(mth(data[:middle]), mth(data[middle:]))


def test_the_roots_are_those_of_the_reference():
    for size, root in enumerate(ROOTS, start=1):
        assert grown(INPUTS[:size])[0].root.hex() == root
    assert Frontier().root.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(("index", "size"), list(PATHS))
def test_audit_paths_are_those_of_the_reference(index, size):
    _tree, stored = grown(INPUTS[:size])
    assert [part.hex() for part in hashes_of(inclusion_spans(index, size), stored)] == PATHS[index, size]


@pytest.mark.parametrize(("first", "second"), list(CONSISTENCY))
def test_consistency_proofs_are_those_of_the_reference(first, second):
    _tree, stored = grown(INPUTS[:second])
    assert [part.hex() for part in hashes_of(consistency_spans(first, second), stored)] == CONSISTENCY[first, second]


def test_every_proof_of_every_small_tree_holds_and_no_other_one_does():
    data = [bytes([number]) for number in range(34)]
    _tree, stored = grown(data)
    roots = {size: mth(data[:size]) for size in range(1, 35)}
    for size, root in roots.items():
        assert grown(data[:size])[0].root == root
        for index in range(size):
            path = hashes_of(inclusion_spans(index, size), stored)
            leaf = stored[0, index]
            assert verify_inclusion(index, size, leaf, path, root)
            assert not verify_inclusion(index, size, leaf_hash(b"other"), path, root)
            assert not verify_inclusion(index, size, leaf, [*path, EMPTY], root)
            assert not path or not verify_inclusion(index, size, leaf, path[:-1], root)
            assert size == 1 or not verify_inclusion((index + 1) % size, size, leaf, path, root)
        for first in range(1, size + 1):
            path = hashes_of(consistency_spans(first, size), stored)
            assert verify_consistency(first, size, roots[first], root, path)
            assert not verify_consistency(first, size, EMPTY, root, path)
            assert not verify_consistency(first, size, roots[first], EMPTY, path)
            assert not verify_consistency(first, size, roots[first], root, [*path, EMPTY])


@given(st.integers(1, 1 << 40), st.data())
def test_a_proof_in_a_long_log_needs_few_subtrees(size, data):
    index = data.draw(st.integers(0, size - 1))
    first = data.draw(st.integers(1, size))
    wanted = {node for span in inclusion_spans(index, size) for node in nodes_of(span)}
    assert len(wanted) <= 2 * size.bit_length()
    assert len(consistency_spans(first, size)) <= size.bit_length() + 1


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_no_proof_holds_for_a_leaf_the_tree_does_not_have(index, size):
    assert not verify_inclusion(index, size, EMPTY, [], EMPTY)
    assert not verify_consistency(0, size, EMPTY, EMPTY, [])
