from __future__ import annotations

from types import SimpleNamespace

import qrcode
from django import forms
from qrcode.image.svg import SvgPathImage

from console.invitation import InvitationPage
from console.parts import Field
from tests.console.samples import at

WHO = SimpleNamespace(name="M. Aldous", roles="reviewer and second approver")


class Login(forms.Form):
    login = forms.CharField(label="Name")
    password = forms.CharField(label="Password", widget=forms.PasswordInput)


class Code(forms.Form):
    code = forms.CharField()


class Activate(Code):
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class Change(forms.Form):
    oldpassword = forms.CharField(label="Password you have", widget=forms.PasswordInput)
    password1 = forms.CharField(label="New password", widget=forms.PasswordInput)
    password2 = forms.CharField(label="Once more", widget=forms.PasswordInput)


def wrong() -> Code:
    form = Code({"code": "000000"})
    form.full_clean()
    form.add_error("code", "3 tries left.")
    return form


QR = {
    "totp_svg": qrcode.make("otpauth://totp/Lockgate:aldous?secret=SAMPLE", image_factory=SvgPathImage)
    .to_string()
    .decode()
}


def invitation() -> InvitationPage:
    return InvitationPage(
        organisation="Northquay",
        roles="reviewer",
        invited_by="J. Okwuosa",
        until=at("18:00", 27),
        fields=(
            Field("username", "Name", autocomplete="username", required=True),
            Field(
                "password1",
                "Password",
                kind="password",
                autocomplete="new-password",
                required=True,
                hint="At least 12 characters.",
            ),
            Field("password2", "Once more", kind="password", autocomplete="new-password", required=True),
        ),
    )
