// The answer to a client goes on its way as soon as its form is there.
document.getElementById('form-post').submit();
