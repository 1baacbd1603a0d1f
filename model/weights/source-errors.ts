/** Files of a checkpoint that cannot be had. Every message is a sentence for the person using the app. */
export class SourceError extends Error {
  override readonly name: string = "SourceError";
}

/** 401: the repository is private, does not exist, or the token is wrong. */
export class UnauthorizedError extends SourceError {
  override readonly name = "UnauthorizedError";
}

/** 403. */
export class ForbiddenError extends SourceError {
  override readonly name = "ForbiddenError";
}

/** 404. */
export class NotFoundError extends SourceError {
  override readonly name = "NotFoundError";
}

/** 416: the file ends before the bytes asked for. */
export class RangeNotSatisfiableError extends SourceError {
  override readonly name = "RangeNotSatisfiableError";
}

/** 429, and again after waiting. */
export class TooManyRequestsError extends SourceError {
  override readonly name = "TooManyRequestsError";
}

/** The server sends whole files whatever is asked for. */
export class RangeIgnoredError extends SourceError {
  override readonly name = "RangeIgnoredError";
}

/** Any other refusal, and 5xx again and again. */
export class ServerRefusalError extends SourceError {
  override readonly name = "ServerRefusalError";
}

/** No answer, or one that broke off, again and again. */
export class ConnectionError extends SourceError {
  override readonly name = "ConnectionError";
}

/** An address, repository, revision or token that cannot be used. A token is never quoted. */
export class AddressError extends SourceError {
  override readonly name = "AddressError";
}

/** The checkpoint is another one than the one with which the import began. */
export class UpstreamChangedError extends SourceError {
  override readonly name = "UpstreamChangedError";
}

/** The error for an HTTP status other than 200 and 206. `file` says which file of what. */
export function refusal(status: number, file: string): SourceError {
  switch (status) {
    case 401:
      return new UnauthorizedError(
        `The server asks who you are for ${file} (401). The repository may be private or misspelt, or the token wrong.`,
      );
    case 403:
      return new ForbiddenError(
        `The server does not give out ${file} (403). Its terms may have to be accepted first, or the token lacks the right.`,
      );
    case 404:
      return new NotFoundError(`There is no ${file} (404). Are repository and revision spelt right?`);
    case 416:
      return new RangeNotSatisfiableError(
        `${file} is shorter than it was (416): it was changed or cut off on the server.`,
      );
    case 429:
      return new TooManyRequestsError(
        `The server asks for a pause (429, too many requests) at ${file}. Try again in some minutes; what arrived is kept.`,
      );
    default:
      return new ServerRefusalError(`The server refused ${file} (status ${status}). What arrived is kept.`);
  }
}
