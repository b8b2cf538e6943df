"""Commands that keep the books: devices with their credentials, people."""

from typing import Annotated

import typer

from telemetry.report import Datum, Domain
from zone_service.commands.languages import heads, spoken
from zone_service.commands.root import device, err, example, listed, out, user
from zone_service.interrupts import nothing_begun
from zone_service.settings import BrokerKind, load
from zone_service.store.roles import Department, Role


@device.command(
    "add",
    epilog=example(
        "zone device add car-1 --operator acme",
        "zone device add 1581F5FH --operator kites --domain air --codec dji",
    ),
)
def device_add(
    device_id: Annotated[str, typer.Argument(help="3 to 64 of A-Z a-z 0-9 _ -")],
    operator: Annotated[
        str, typer.Option(help="The organisation it belongs to; made where there is none.")
    ],
    domain: Annotated[Domain, typer.Option(help="Where it moves.")] = Domain.ROAD,
    label: Annotated[str, typer.Option(help="What people call it; its id where empty.")] = "",
    codec: Annotated[
        str, typer.Option(help="Its wire format, such as canonical, dji, jt808.")
    ] = "canonical",
    wire_id: Annotated[
        str, typer.Option(help="Its id inside its payloads, where that differs.")
    ] = "",
    datum: Annotated[Datum, typer.Option(help="The datum it sends.")] = Datum.WGS84,
) -> None:
    """Register a device and show its credential, once.

    A running platform lets it in within a second.
    """
    with nothing_begun():
        from zone_service.provision import add_device
        from zone_service.store.records import Device

    described = Device(
        device_id, operator, domain, label or device_id, codec, wire_id or None, datum
    )
    registered = add_device(load(), described)
    if registered.operator_is_new:
        said = spoken("operator {} is new and was made", "运营单位 {} 尚未登记，已新建")
        err.print(said.format(operator), highlight=False)
    _show_once(device_id, registered.secret)


def _show_once(device_id: str, secret: str) -> None:
    from zone_service.broker import device_client_id

    out.print(f"username  {device_id}", highlight=False)
    out.print(f"password  {secret}", highlight=False)
    out.print(f"client id {device_client_id(device_id, secret)}", highlight=False)
    once = spoken(
        "The password is shown this once and cannot be read again.",
        "密码仅显示这一次，之后无法再查看。",
    )
    err.print(once, style="dim")


@device.command("list")
def device_list() -> None:
    """List the registered devices: id, operator, domain, codec, id in payloads, datum, credential, label."""
    with nothing_begun():
        from zone_service.provision import all_devices

    listed(
        heads(
            ("device", "设备"),
            ("operator", "运营单位"),
            ("domain", "领域"),
            ("codec", "协议"),
            ("id in payloads", "报文内编号"),
            ("datum", "坐标系"),
            ("credential", "凭据"),
            ("label", "名称"),
        ),
        (
            (
                each.device_id,
                each.organisation_id,
                each.domain,
                each.codec,
                each.wire_id or "–",
                each.datum,
                spoken(let_in, LET_IN[let_in]),
                each.label,
            )
            for each, let_in in all_devices(load())
        ),
    )


LET_IN = {
    "valid": "有效", "withdrawn": "已吊销", "none": "无", "out of service": "停用",
}  # fmt: skip


@device.command("credential", epilog=example("zone device credential car-1"))
def device_credential(
    device_id: Annotated[str, typer.Argument(help="The device that gets a new password.")],
) -> None:
    """Make a new credential for a device and show it, once; the one before stops to work."""
    with nothing_begun():
        from zone_service.provision import reissue_credential

    _show_once(device_id, reissue_credential(load(), device_id))


STILL_LET_IN = (
    (
        "What it still sends is refused. Its session does not drop and it can connect again: take its "
        "account from the broker too, which is not run by this platform (ZONE_BROKER=external)."
    ),
    (
        "它此后发送的内容一律拒收。但其会话不会断开，还能再次连接：消息代理不由本平台运行"
        "（ZONE_BROKER=external），请在代理上一并删除其账户。"
    ),
)


@device.command("revoke")
def device_revoke(
    device_id: Annotated[str, typer.Argument(help="The device that may not connect any more.")],
) -> None:
    """Withdraw a device's credential: within a second nothing of it is taken any more.

    Its live session drops, but for one at a broker that somebody else runs (ZONE_BROKER=external).
    """
    with nothing_begun():
        from zone_service.provision import revoke_device

    settings = load()
    if not revoke_device(settings, device_id):
        none = spoken("{}: it had none", "{}：没有凭据")
        out.print(none.format(device_id), highlight=False)
        return
    withdrawn = spoken("{}: its credential is withdrawn", "{}：凭据已吊销")
    out.print(withdrawn.format(device_id), highlight=False)
    if settings.broker is BrokerKind.EXTERNAL:
        err.print(spoken(*STILL_LET_IN), highlight=False)


NewPassword = Annotated[
    str,
    typer.Option(
        prompt=True,
        hide_input=True,
        confirmation_prompt=True,
        envvar="ZONE_NEW_PASSWORD",
        help="8 characters or more; asked for where it is not given.",
    ),
]


@user.command(
    "add",
    epilog=example(
        "zone user add wang --role administrator --organisation platform",
        "zone user add li --role reviewer --organisation transport --department transport",
        "zone user add zhao --role police --organisation traffic-police",
        "zone user add qian --role operator --organisation acme",
    ),
)
def user_add(
    username: Annotated[
        str, typer.Argument(help="What they sign in as: letters, digits and _ . @ -, no space.")
    ],
    role: Annotated[Role, typer.Option(help="What they may do.")],
    organisation: Annotated[
        str, typer.Option(help="The organisation they belong to; made where there is none.")
    ],
    password: NewPassword,
    department: Annotated[
        str, typer.Option(help=f"For reviewers, one of: {', '.join(Department)}.")
    ] = "",
) -> None:
    """Make an account for a person."""
    with nothing_begun():
        from zone_service.provision import add_user

    add_user(load(), username, role, organisation, password, department or None)
    said = spoken("{} may sign in as {} of {}", "{} 可以登录：角色 {}，单位 {}")
    out.print(said.format(username, role, organisation), highlight=False)


@user.command("list")
def user_list() -> None:
    """List the accounts: name, role, organisation, department, and whether they are open."""
    with nothing_begun():
        from zone_service.provision import all_users

    listed(
        heads(
            ("account", "账户"),
            ("role", "角色"),
            ("organisation", "单位"),
            ("department", "部门"),
            ("state", "状态"),
        ),
        (
            (
                each.username,
                each.role,
                each.organisation_id,
                each.department or "–",
                spoken("open", "启用") if each.active else spoken("closed", "已停用"),
            )
            for each in all_users(load())
        ),
    )


@user.command("password", epilog=example("zone user password zhao"))
def user_password(
    username: Annotated[str, typer.Argument(help="Whose password is to be another.")],
    password: NewPassword,
) -> None:
    """Give somebody a new password; wherever they are signed in, they are signed out."""
    with nothing_begun():
        from zone_service.provision import change_password

    change_password(load(), username, password)
    said = spoken(
        "{} has a new password and is signed out everywhere", "{} 的密码已更换，并已在各处退出登录"
    )
    out.print(said.format(username), highlight=False)


Somebody = Annotated[str, typer.Argument(help="Whose account.")]


@user.command("close", epilog=example("zone user close zhao"))
def user_close(username: Somebody) -> None:
    """Close an account: its sessions, tokens and live feeds end within seconds.

    What was done under its name stays; ``zone user open`` opens it again.
    """
    with nothing_begun():
        from zone_service.provision import close_account

    close_account(load(), username)
    said = spoken(
        "{}: the account is closed and signed out everywhere", "{}：账户已停用，并已在各处退出登录"
    )
    out.print(said.format(username), highlight=False)


@user.command("open", epilog=example("zone user open zhao"))
def user_open(username: Somebody) -> None:
    """Open an account that was closed; its password is the one of before, its tokens stay ended."""
    with nothing_begun():
        from zone_service.provision import open_account

    open_account(load(), username)
    out.print(spoken("{} may sign in again", "{} 可以重新登录").format(username), highlight=False)
