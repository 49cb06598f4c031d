"""Who a written label means: « Appelant », "Agent", "user" or a label that somebody maps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from voicebot.errors import EvalFileError
from voicebot.quality.records.transcript import Speaker
from voicebot.understanding.normalise import plain

_CALLER = (
    "caller appelant appelante appelant(e) client cliente customer user utilisateur utilisatrice human usager usagere "
    "correspondant correspondante interlocuteur interlocutrice locataire patient patiente inbound"
)
_RECEPTIONIST = (
    "receptionist receptionniste standard standardiste assistant assistante bot robot voicebot callbot ia ai accueil "
    "secretariat secretaire telesecretaire operateur operatrice operator model system_voice"
)
_HUMAN = "agent agente conseiller conseillere advisor"
REMEDY = 'Say who it is: --speakers "A=caller,B=receptionist".'


def _known() -> dict[str, Speaker]:
    groups = ((_CALLER, Speaker.CALLER), (_RECEPTIONIST, Speaker.RECEPTIONIST), (_HUMAN, Speaker.AGENT))
    return {plain(word): speaker for words, speaker in groups for word in words.split()}


KNOWN = _known()


class Speakers:
    """Labels of one import. mapped: those that somebody mapped; they win over the known ones."""

    def __init__(self, mapped: Mapping[str, Speaker] | None = None) -> None:
        self._mapped = {plain(label): speaker for label, speaker in (mapped or {}).items()}

    def of(self, label: str) -> Speaker | None:
        """The speaker, None when nobody knows the label."""
        wanted = plain(label)
        return self._mapped.get(wanted) or KNOWN.get(wanted)

    def of_call(self, labels: Iterable[str]) -> dict[str, Speaker | None]:
        """Speaker of each label of one call. Where nobody else answers the caller, « Agent » is the receptionist."""
        found = {label: self.of(label) for label in labels}
        if Speaker.RECEPTIONIST not in found.values():
            for label, speaker in found.items():
                if speaker is Speaker.AGENT and plain(label) not in self._mapped:
                    found[label] = Speaker.RECEPTIONIST
        return found


def speakers_of(options: Iterable[str]) -> Speakers:
    """Reads "Standard=receptionist,B=caller". Raises: EvalFileError for what is no such pair."""
    mapped: dict[str, Speaker] = {}
    for pair in (pair for option in options for pair in option.split(",")):
        label, sign, name = pair.partition("=")
        if not sign or not plain(label) or name.strip() not in set(Speaker):
            known = ", ".join(Speaker)
            raise EvalFileError("--speakers", [f'"{pair}" is not LABEL=SPEAKER'], f"The speakers are {known}.")
        mapped[label] = Speaker(name.strip())
    return Speakers(mapped)
