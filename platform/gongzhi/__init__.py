"""Gongzhi 共治: the site where a district's government, enterprises, NGOs and residents govern together."""

__version__ = "0.1.0"
